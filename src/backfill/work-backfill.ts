import { isMigrateError, throwIfStopped } from '../errors.js';
import type { Actor } from '../ledger/actor.js';
import type { CheckpointBinding, Position } from '../ledger/checkpoints.js';
import type { Clock } from '../ledger/clock.js';
import type { Lease } from '../ledger/lease.js';
import { watchSegments } from '../ledger/segment-watch.js';
import type { SegmentState, Segments, SegmentTaker } from '../ledger/segments.js';

/** A segment in the hands of this process. */
export interface TakenSegment {
  readonly segment: number;
  readonly position: Position;
  readonly lease: Lease;
}

export interface WorkBackfillOptions {
  readonly segments: Segments;
  readonly binding: CheckpointBinding;
  readonly taker: SegmentTaker;
  readonly clock: Clock;
  readonly random?: () => number;
  /** See {@link watchSegments}. */
  readonly exclusiveEngine?: boolean;
  /** How many segments this process works on at once; 0 only follows the others. Asked again and again. */
  readonly atOnce: () => number;
  /** Whether the backfill is open; asked after a segment was taken, and before anything is written. */
  readonly isOpen: () => Promise<boolean>;
  /** Works on a segment to its end, or until `stopped` aborts. */
  readonly work: (taken: TakenSegment, stopped: AbortSignal, saved: (position: Position) => void) => Promise<void>;
  /** Told how many processes work on the backfill, this one included, as far as their leases show it. */
  readonly onWorkers?: (processes: number) => void;
  /** The positions of all segments, those of other workers as they were seen last. */
  readonly onProgress: (positions: readonly Position[]) => void;
  readonly signal: AbortSignal;
}

/** Never more than a few hundred rows a second are read to see what others do. */
const lookMsEach = 5;
const lookMsAtLeast = 1_000;

/**
 * Takes part in a backfill until every segment is done, whoever did it: takes segments that are free, one after the
 * other, and those whose worker died; follows those of the others. Resolves with the positions at the end, or with
 * `undefined` when the backfill is over for another reason.
 *
 * @throws MigrateError `INTERRUPTED` after `signal`, with every page finished and every lease given back; the error of
 * a segment, once the others have stopped.
 */
export async function workBackfill(options: WorkBackfillOptions): Promise<readonly Position[] | undefined> {
  const { segments, binding, taker, clock, random = Math.random, exclusiveEngine, atOnce, isOpen, work } = options;
  const watch = watchSegments({ clock, exclusiveEngine });
  const lookMs = Math.max(lookMsAtLeast, binding.totalSegments * lookMsEach);
  const ending = new AbortController();
  const stopped = AbortSignal.any([options.signal, ending.signal]);
  const own = new Map<number, Promise<void>>();
  const positions = new Map<number, Position>();
  const errors: unknown[] = [];
  let wake = new AbortController();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let isOver = false;

  const report = () => options.onProgress([...positions.values()]);
  const fail = (error: unknown) => {
    errors.push(error);
    ending.abort();
  };
  const closed = () => {
    isOver = true;
    ending.abort();
  };

  async function run(state: SegmentState): Promise<void> {
    const { segment, position } = state;
    let lease: Lease | undefined;
    try {
      lease = await segments.take(binding, state, taker);
      if (!lease) return;
      // Read after the lease was taken: whoever ends the backfill first says so, and then waits for the leases.
      if (!(await isOpen())) return closed();
      await work({ segment, position, lease }, stopped, (saved) => {
        positions.set(segment, saved);
        report();
      });
    } catch (error) {
      // Somebody else has the segment then, and goes on with it.
      if (!isMigrateError(error, 'LEASE_LOST')) fail(error);
    } finally {
      await lease?.release();
      own.delete(segment);
      // Nothing left to do here: what did the others do meanwhile?
      if (own.size === 0) lookedAt = Number.NEGATIVE_INFINITY;
      wake.abort();
    }
  }

  /** Answers the segments that can be taken, or `undefined` when none is left to be done by anybody. */
  async function look(): Promise<SegmentState[] | undefined> {
    const states = await segments.list(binding);
    // Rows go when a move is taken back, and all of them were there before.
    if (states.length < binding.totalSegments) closed();
    for (const { segment, position } of states) if (!own.has(segment)) positions.set(segment, position);
    report();
    const held = new Set(states.filter((state) => watch.look(state) === 'held'));
    const holders = [...held].flatMap(({ holder }) => (holder ? [holder] : []));
    options.onWorkers?.(new Set([taker.actor, ...holders].map(processOf)).size);
    // One that is done and held was left by a worker that died at its very end, or is about to be released.
    if (own.size === 0 && states.every(isFinished)) return undefined;
    return shuffled(
      states.filter((state) => !held.has(state) && !isFinished(state) && !own.has(state.segment)),
      random,
    );
  }

  async function takeAll(): Promise<void> {
    for (let open: SegmentState[] = []; ; ) {
      throwIfStopped(stopped, 'stopped after the page');
      if (clock.monotonic() - lookedAt >= (open.length === 0 ? lookMsAtLeast : lookMs)) {
        lookedAt = clock.monotonic();
        const found = await look();
        if (!found) return;
        open = found;
      }
      wake = new AbortController();
      while (own.size < atOnce() && !stopped.aborted) {
        const next = open.pop();
        if (!next) break;
        own.set(next.segment, run(next));
      }
      await clock.sleep(lookMsAtLeast, { signal: AbortSignal.any([wake.signal, stopped]) });
    }
  }

  await takeAll().catch(fail);
  await Promise.all(own.values());
  const first = errors.find((error) => !isMigrateError(error, 'INTERRUPTED'));
  if (first !== undefined) throw first;
  if (isOver) return undefined;
  if (errors.length > 0) throw errors[0];
  return [...positions.values()];
}

function processOf({ user, host, pid }: Actor): string {
  return JSON.stringify([user, host, pid]);
}

function isFinished({ position, holder }: SegmentState): boolean {
  return position.done && !holder;
}

/** Workers that begin together do not all reach for the same segment. */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
