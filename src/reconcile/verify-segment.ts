import { MigrateError, throwIfStopped } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { keyId, keyOf } from '../item/key.js';
import type { SegmentPage, SegmentStart } from './backfill-segment.js';
import {
  type Difference,
  type DifferenceKind,
  differencesOf,
  type ItemsById,
  type Subject,
  unitOfTarget,
} from './difference.js';
import { isSampled } from './is-sampled.js';
import { intentOf, targetKeyOf } from './mapping.js';
import { readById } from './read-by-id.js';
import { type RecheckOptions, recheck, type Verdict } from './recheck.js';

export type DifferenceCounts = Readonly<Record<DifferenceKind, number>>;

/** What became of one or more pages. */
export interface VerifyProgress extends SegmentStart {
  readonly scanned: number;
  /** How many of the scanned items were in the sample. */
  readonly compared: number;
  readonly differences: DifferenceCounts;
  readonly repaired: number;
}

export interface VerifySegmentOptions extends RecheckOptions {
  /** Which table is scanned. Extra items are found on the target's side, all other differences on the source's. */
  readonly side: 'source' | 'target';
  /** The stored checkpoint. */
  readonly start: SegmentStart;
  /** One page of the segment. */
  readonly scanPage: (startKey: RawItem | undefined) => Promise<SegmentPage>;
  /** The share of items to compare, 0 to 1, the same items in every run. Default 1. */
  readonly sample?: number | undefined;
  /** Told of differences that stand, before the checkpoint of their pages; again after a death between the two. */
  readonly onDifferences: (differences: readonly Difference[]) => Promise<void>;
  readonly saveCheckpoint: (progress: VerifyProgress) => Promise<void>;
  /** Aborted: the page is finished, nothing is waited for any more, and the checkpoint of what is decided is saved. */
  readonly signal?: AbortSignal | undefined;
}

/** Suspects that wait for a recheck. A page more than that may wait, as it is compared as a whole. */
const maxSuspects = 1000;

/**
 * Compares one segment of one table with the other table, page by page, from its checkpoint to its end. A clean verify
 * of all segments of both sides means that each item agreed with its other side at some moment after it was scanned.
 *
 * What differs is a suspect, and looked at again before the checkpoint of its page is saved. Meanwhile the scan goes
 * on, for at most `patienceMs`, and the checkpoints of all these pages are saved as one.
 *
 * @throws MigrateError `INTERRUPTED` after `signal`; `INTERNAL` where the target is said to lead in a move that
 * changes keys; whatever a port throws.
 */
export async function verifySegment(options: VerifySegmentOptions): Promise<void> {
  const { mapping, leads, scanPage, signal, recheck: patience } = options;
  if (leads === 'target' && mapping.owner) {
    throw new MigrateError('INTERNAL', 'a move that changes keys has no reverse sync');
  }
  const { clock, patienceMs } = patience;
  let { startKey, done } = options.start;
  let waiting: ComparedPage[] = [];
  let since = 0;
  while (!done) {
    throwIfStopped(signal, 'stopped after the page');
    const page = await comparePage(await scanPage(startKey), options);
    ({ startKey, done } = page);
    if (waiting.every(({ suspects }) => suspects.length === 0)) since = clock.monotonic();
    waiting.push(page);
    const suspects = waiting.reduce((total, one) => total + one.suspects.length, 0);
    const mayWait = suspects > 0 && suspects < maxSuspects && clock.monotonic() - since < patienceMs;
    if (mayWait && !done && !signal?.aborted) continue;
    const undecided = await settlePages(waiting, options);
    // Not saved: the next run scans them again.
    if (undecided) throwIfStopped(signal, 'stopped while differences were looked at again');
    waiting = [];
  }
}

interface ComparedPage extends SegmentStart {
  readonly scanned: number;
  readonly compared: number;
  readonly suspects: readonly Subject[];
}

async function comparePage({ items, lastKey }: SegmentPage, options: VerifySegmentOptions): Promise<ComparedPage> {
  const { side, mapping, readSource, readTarget, sample = 1 } = options;
  const names = side === 'source' ? mapping.sourceKeys : mapping.targetKeys;
  const sampled = items.filter((item) => isSampled(keyId(item, names), sample));
  const scanned: ItemsById = new Map(sampled.map((item) => [keyId(item, names), item]));
  const page = {
    startKey: lastKey,
    done: lastKey === undefined,
    scanned: items.length,
    compared: sampled.length,
  };
  if (side === 'source') {
    const subjects = sampled.map((item): Subject => ({ side, unit: keyOf(item, names) }));
    const keys = sampled.flatMap((item) => intentOf(keyOf(item, names), [item], mapping).keys);
    const there = await readById(readTarget, keys, mapping.targetKeys);
    return { ...page, suspects: subjects.filter((one) => differencesOf(one, scanned, there, options).length > 0) };
  }
  const subjects = sampled.map((item): Subject => {
    return { side, key: targetKeyOf(item, mapping), unit: unitOfTarget(item, mapping) };
  });
  const units = subjects.flatMap(({ unit }) => (unit ? [unit] : []));
  const sources = await readById(readSource, units, mapping.sourceKeys);
  return { ...page, suspects: subjects.filter((one) => differencesOf(one, sources, scanned, options).length > 0) };
}

/** Rechecks the suspects of pages, and saves the pages up to the first that is not decided; answers if there is one. */
async function settlePages(pages: readonly ComparedPage[], options: VerifySegmentOptions): Promise<boolean> {
  const { onDifferences, saveCheckpoint } = options;
  const verdicts = await recheck(
    pages.flatMap(({ suspects }) => suspects),
    options,
  );
  const open = pages.findIndex(({ suspects }) => suspects.some((suspect) => !verdicts.has(suspect)));
  const decided = open < 0 ? pages : pages.slice(0, open);
  const last = decided.at(-1);
  if (last) {
    const found = decided.flatMap(({ suspects }) => suspects.map((suspect) => verdicts.get(suspect) ?? nothing));
    const differences = found.flatMap((verdict) => verdict.differences);
    if (differences.length > 0) await onDifferences(differences);
    await saveCheckpoint({
      startKey: last.startKey,
      done: last.done,
      scanned: sum(decided, ({ scanned }) => scanned),
      compared: sum(decided, ({ compared }) => compared),
      differences: countKinds(differences),
      repaired: sum(found, ({ repaired }) => repaired),
    });
  }
  return open >= 0;
}

const nothing: Verdict = { differences: [], repaired: 0 };

function countKinds(differences: readonly Difference[]): DifferenceCounts {
  const of = (wanted: DifferenceKind) => differences.filter(({ kind }) => kind === wanted).length;
  return { missing: of('missing'), extra: of('extra'), different: of('different'), failed: of('failed') };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
