import { throwIfStopped } from '../errors.js';
import type { AnyItem, RawItem } from '../item/attribute-value.js';
import { keyOf } from '../item/key.js';
import { intentOf, type Mapping } from './mapping.js';
import type { Intent, Obligations, Unit } from './ports.js';
import { type ReconcileOptions, type ReconcileResult, reconcile } from './reconcile.js';
import { reconcileObligations } from './reconcile-obligations.js';

/** The intents of the page under way: one slot a segment. Its writes are fenced like the checkpoint's. */
export interface IntentSlot {
  load(): Promise<readonly Intent[]>;
  /** Overwrites the slot. Durable when it resolves. */
  store(intents: readonly Intent[]): Promise<void>;
}

export interface SegmentPage<T extends AnyItem = RawItem> {
  readonly items: readonly T[];
  /** Where the next page starts; `undefined` at the end of the segment. */
  readonly lastKey: RawItem | undefined;
}

/** Where a segment's next page starts. */
export interface SegmentStart {
  readonly startKey: RawItem | undefined;
  readonly done: boolean;
}

/** What became of a page, or of the intents that a dead worker left. */
export interface SegmentProgress extends SegmentStart {
  readonly scanned: number;
  readonly result: ReconcileResult;
}

export interface BackfillSegmentOptions extends Omit<ReconcileOptions, 'obligations'> {
  readonly obligations: Pick<Obligations, 'add'>;
  /** The stored checkpoint, claimed: no former worker can save this segment, or its slot, any more. */
  readonly start: SegmentStart;
  readonly intents: IntentSlot;
  /** Throws unless the stream's consumer, begun at TRIM_HORIZON, was seen enabled. */
  readonly assertSyncOn: () => Promise<void>;
  /** One page of the segment, read consistently. */
  readonly scanPage: (startKey: RawItem | undefined) => Promise<SegmentPage<AnyItem>>;
  /** Resolves when no request of a worker that is dead now can land any more. */
  readonly waitHorizon: () => Promise<void>;
  /** Stores the position, fenced. */
  readonly saveCheckpoint: (progress: SegmentProgress) => Promise<void>;
  /** Aborted: the page is finished and its checkpoint saved. */
  readonly signal?: AbortSignal;
}

/**
 * Copies one segment of the source, page by page, from its checkpoint to its end. Whatever happens to it, calling it
 * again with the stored checkpoint goes on.
 *
 * @throws MigrateError `INTERRUPTED` after `signal`; whatever a port throws.
 */
export async function backfillSegment(options: BackfillSegmentOptions): Promise<void> {
  const { intents, assertSyncOn, scanPage, saveCheckpoint, signal } = options;
  await finishDeadWorkersPage(options);
  let { startKey, done } = options.start;
  if (done) return;

  // Rule 1, the stream before the scan: a change that the scan is too early for must be in a record. The
  // scan is consistent for the same reason: it may not miss an item that was written before the stream was on.
  await assertSyncOn();
  let isFirst = true;
  while (!done) {
    if (signal?.aborted) {
      // Nothing of ours is under way, so whoever takes over need not wait for it.
      if (!isFirst) await intents.store([]);
      throwIfStopped(signal, 'stopped after the page');
    }
    isFirst = false;
    const page = await scanPage(startKey);
    const units = page.items.map((item) => unitOf(item, options.mapping));
    // Rule 2, intents: from its first write on, a page is known to be under way. A second scan does not bring back
    // an item that was deleted meanwhile, but the write of a dead worker may have brought back its copy.
    if (units.length > 0) await intents.store(units.map(({ unit, keys }) => ({ unit, keys })));
    const result = await reconcileAll(units, options);
    startKey = page.lastKey;
    done = startKey === undefined;
    // Each unit is reconciled, so the page could even be scanned again. And who is done has nothing under way.
    if (done) await intents.store([]);
    await saveCheckpoint({ startKey, done, scanned: page.items.length, result });
  }
}

async function finishDeadWorkersPage(options: BackfillSegmentOptions): Promise<void> {
  const { intents, waitHorizon, start, saveCheckpoint } = options;
  const left = await intents.load();
  if (left.length === 0) return;
  // Rule 4, the horizon: what the dead worker sent may still land, and has to land before what is written here.
  await waitHorizon();
  const result = await reconcileAll(left, options);
  await saveCheckpoint({ ...start, scanned: 0, result });
  if (start.done) await intents.store([]);
}

/** Reconciles, and makes what has to be done again durable before the slot may be overwritten (rule 4). */
async function reconcileAll(units: readonly Unit[], options: BackfillSegmentOptions): Promise<ReconcileResult> {
  const result = await reconcile(units, options);
  if (result.again.length > 0) await options.obligations.add(reconcileObligations(result.again, false));
  return result;
}

function unitOf(item: AnyItem, mapping: Mapping): Unit {
  const { unit, keys } = intentOf(keyOf(item, mapping.sourceKeys), [item], mapping);
  return { unit, keys, guess: { item } };
}
