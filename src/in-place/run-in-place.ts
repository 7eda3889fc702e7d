import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Capabilities } from '../dynamodb/capabilities.js';
import { createChangeWriter } from '../dynamodb/change-writer.js';
import { createPagePace, createPageReader, type PagePace } from '../dynamodb/page-reader.js';
import { runSegments } from '../dynamodb/run-segments.js';
import { throwIfStopped } from '../errors.js';
import { keyId } from '../item/key.js';
import { type CheckpointStore, nextPass, type SegmentPosition } from './checkpoint.js';
import type { ItemErrors } from './item-errors.js';
import type { Rewrite } from './plan-change.js';
import { rewriteItems } from './rewrite-items.js';

export interface InPlaceOptions {
  readonly rewrite: Rewrite;
  readonly client: DynamoDBClient;
  readonly capabilities: Capabilities;
  readonly totalSegments: number;
  readonly checkpoints: CheckpointStore;
  readonly itemErrors: ItemErrors;
  /** Aborted: every segment finishes its page, saves its checkpoint and stops. */
  readonly signal: AbortSignal;
  readonly onProgress: (segments: readonly SegmentPosition[]) => void;
}

export interface InPlaceResult {
  readonly segments: readonly SegmentPosition[];
  /**
   * Items that the last verify pass still found in the old form, and rewrote: not 0 when somebody goes on
   * writing it.
   */
  readonly stragglers: number;
}

/** Items a page, where nothing is written. */
export const pageSize = 250;

/** The rewriting pass and at most this many that verify; the first that finds nothing to do is the last. */
const maxPasses = 4;

/**
 * Rewrites a table where it is: pass 1 over all segments at once, then verify passes until one finds every item in
 * its new form. Resumes from the checkpoints.
 *
 * @throws MigrateError `INTERRUPTED` after `signal`; an item's error or `TOO_MANY_ITEM_ERRORS`; any SDK error.
 */
export async function runInPlace(options: InPlaceOptions): Promise<InPlaceResult> {
  const { totalSegments, checkpoints, onProgress } = options;
  const segments: SegmentPosition[] = [];
  for (let segment = 0; segment < totalSegments; segment++) {
    segments.push(await checkpoints.claim(segment));
  }
  onProgress(segments);

  const firstPass = Math.max(...segments.map((segment) => segment.pass));
  // A verify pass that was resumed may have found something before it died, and not have saved that.
  const lastPass = Math.max(maxPasses, firstPass + 1);
  const pace = createPagePace();
  for (let pass = firstPass; ; pass++) {
    await runPass(pass, segments, { ...options, pace });
    const changed = segments.reduce((sum, segment) => sum + segment.passChanged, 0);
    if ((changed === 0 && pass > firstPass) || pass >= lastPass) return { segments, stragglers: changed };
  }
}

type PassOptions = InPlaceOptions & { readonly pace: PagePace };

async function runPass(pass: number, segments: SegmentPosition[], options: PassOptions): Promise<void> {
  await runSegments(
    options.signal,
    segments.map((position, segment) => async (signal) => {
      const update = (next: SegmentPosition) => {
        segments[segment] = next;
        options.onProgress(segments);
      };
      const start = position.pass < pass ? nextPass(position, pass) : position;
      await runSegment(segment, start, update, { ...options, signal });
    }),
  );
}

async function runSegment(
  segment: number,
  start: SegmentPosition,
  update: (position: SegmentPosition) => void,
  options: PassOptions,
): Promise<void> {
  if (start.done) return;
  const { rewrite, client, capabilities, totalSegments, checkpoints, itemErrors, signal, pace } = options;
  let position = start;
  let readUnits = 0;
  let writeUnits = 0;
  // Of the page at hand.
  let changed = 0;
  const write = createChangeWriter({
    client,
    tableName: rewrite.tableName,
    keyNames: rewrite.keyNames,
    capabilities,
    onConsumed: (units) => {
      writeUnits += units;
    },
    onWritten: () => {
      changed += 1;
    },
  });
  const pages = createPageReader({
    client,
    tableName: rewrite.tableName,
    segment,
    totalSegments,
    where: rewrite.where,
    // To verify is to look at what is there now; a stale read in pass 1 only costs a lost race.
    consistent: start.pass > 1,
    // To verify is to look again, and with other eyes.
    asTexts: start.pass === 1,
    pace,
  });
  while (!position.done) {
    throwIfStopped(signal, 'stopped after the page');
    const page = await pages.read(position.exclusiveStartKey);
    readUnits += page.readUnits;
    const failed = new Set<string>();
    changed = 0;
    try {
      await rewriteItems(page.items, {
        rewrite,
        client,
        write,
        onRead: (units) => {
          readUnits += units;
        },
        onFoundDone: (items) => {
          changed += items;
        },
        onFailures: async (failures) => {
          for (const { key } of failures) failed.add(keyId(key, rewrite.keyNames));
          await itemErrors.record(failures);
        },
      });
    } catch (error) {
      // The page will be read again, and its finished items found done: count them now or never.
      if (changed > 0) await checkpoints.save(segment, withChanged(position, changed)).catch(() => undefined);
      throw error;
    }
    await itemErrors.resolve(page.items, failed);
    position = {
      ...withChanged(position, changed),
      exclusiveStartKey: page.lastKey,
      done: page.lastKey === undefined,
      passScanned: position.passScanned + page.scanned,
      // An item is counted once, however often it is verified.
      scanned: position.scanned + (position.pass === 1 ? page.scanned : 0),
      pages: position.pages + 1,
      readUnits: start.readUnits + readUnits,
      writeUnits: start.writeUnits + writeUnits,
    };
    await checkpoints.save(segment, position);
    update(position);
  }
}

function withChanged(position: SegmentPosition, changed: number): SegmentPosition {
  return { ...position, passChanged: position.passChanged + changed, changed: position.changed + changed };
}
