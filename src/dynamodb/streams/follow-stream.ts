import { setMaxListeners } from 'node:events';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { MigrateError, messageOf } from '../../errors.js';
import type { HandleRecords } from './handle-records.js';
import { limitTurns } from './limit-turns.js';
import { listShards, type ShardListing } from './list-shards.js';
import { pauseAfter } from './pause-after.js';
import { readShard } from './read-shard.js';
import { type KnownShard, ShardBook } from './shard-book.js';
import type { GapReason, ShardCheckpoints, ShardGap, ShardPosition } from './shard-checkpoints.js';
import type { StreamClock } from './stream-clock.js';
import type { StreamEvent, StreamListener } from './stream-events.js';
import { streamFaultOf } from './stream-fault.js';

export interface FollowStreamOptions {
  readonly client: Pick<DynamoDBStreamsClient, 'send'>;
  readonly streamArn: string;
  readonly handle: HandleRecords;
  readonly checkpoints: ShardCheckpoints;
  /** Aborted: batches under way are finished and saved. For a lease too: `AbortSignal.any([signal, lease.signal])`. */
  readonly signal: AbortSignal;
  readonly clock: StreamClock;
  readonly random?: () => number;
  readonly onEvent?: StreamListener | undefined;
  /**
   * Called when a gap is stored, before anything after it is read. What it throws ends the following; the gap
   * stays stored.
   */
  readonly onGap?: ((gap: ShardGap) => void | Promise<void>) | undefined;
  /** Called after every answer with the monotonic time up to which all shards were handled, once that is known. */
  readonly onHandledUpTo?: ((at: number | undefined) => void) | undefined;
  /** Shards that are read and handled at the same moment; all others take their turns. Default: 16. */
  readonly parallel?: number;
  /** Records a request, 1 to 1,000. Default: 1,000. */
  readonly batchSize?: number;
  /** From request to request of a shard while records come. Default: 200, the five calls a second that AWS allows. */
  readonly busyMs?: number;
  /** From request to request of a shard while nothing comes. Default: 1,000. */
  readonly idleMs?: number;
  /** How often shards are listed; when one ends, they are at once. Default: 60,000. */
  readonly relistMs?: number;
  /** Empty answers in a row until a shard counts as read up to its tip. Default: 3. */
  readonly emptyReadsAtTip?: number;
  /** How old a record gets; a shard begun later than that is a gap. Default: 23 hours, one less than DynamoDB's. */
  readonly retentionMs?: number;
  /** Asked whenever all is caught up; true ends the following. */
  readonly until?: ((view: StreamView) => boolean) | undefined;
}

/** A stream that is caught up, at one moment of the monotonic clock. */
export interface StreamView {
  readonly listedAt: number;
  readonly shards: readonly KnownShard[];
}

export interface FollowResult {
  /** `stopped` by the signal, `until` answered true, or the stream was `ended`: disabled, and read to its end. */
  readonly outcome: 'stopped' | 'until' | 'ended';
  /** Records handled. */
  readonly handled: number;
  /** The gaps found meanwhile. */
  readonly gaps: readonly ShardGap[];
}

const LONGEST_PAUSE_MS = 30_000;
/** How often the very first listing is tried: a wrong endpoint should be told soon. */
const FIRST_ATTEMPTS = 5;
/** DescribeStream is limited to ten calls a second, for all who ask. */
const SHORTEST_RELIST_MS = 1_000;
const CHILD_GRACE_MS = 60_000;
const SAVES_AT_ONCE = 25;

/**
 * Follows a stream: every record of every shard is handed to `handle` at least once, those of a shard in their
 * order, a parent's before its children's, from the stored positions on or from the oldest record. It is what an
 * event source mapping is to a Lambda function, as a process. Records that may be lost are reported as a gap.
 *
 * @throws what cannot be mended by trying again: LEASE_LOST of `handle` or of the checkpoints, a denied request.
 */
export async function followStream(options: FollowStreamOptions): Promise<FollowResult> {
  const {
    client,
    streamArn,
    checkpoints,
    signal,
    clock,
    random = Math.random,
    onEvent,
    onGap,
    onHandledUpTo,
    until,
  } = options;
  const { parallel = 16, batchSize = 1_000, busyMs = 200, idleMs = 1_000, relistMs = 60_000 } = options;
  const { emptyReadsAtTip = 3, retentionMs = 23 * 3_600_000 } = options;
  const pace = { batchSize, busyMs, idleMs, retentionMs };
  const book = new ShardBook({ emptyReadsAtTip, childGraceMs: CHILD_GRACE_MS });
  const takeTurn = limitTurns(parallel);
  const tasks = new Set<Promise<void>>();
  const gaps: ShardGap[] = [];
  const stop = new AbortController();
  let wake = new AbortController();
  let fatal: { readonly error: unknown } | undefined;
  let satisfied = false;
  let caughtUp = false;
  let seenEnded = false;
  let handled = 0;
  let listedAt = 0;
  // Every shard waits on this signal; that is no leak.
  setMaxListeners(0, stop.signal);
  const end = () => stop.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();

  try {
    const outcome = await follow();
    await allRead();
    if (fatal) throw (fatal as { readonly error: unknown }).error;
    return { outcome: outcome === 'stopped' && satisfied ? 'until' : outcome, handled, gaps };
  } finally {
    end();
    await allRead();
    signal.removeEventListener('abort', end);
  }

  async function follow(): Promise<'stopped' | 'ended'> {
    const isNew = await loadPositions();
    for (let isFirst = true; !stop.signal.aborted; isFirst = false) {
      const asked = clock.monotonic();
      const listing = await patiently('list', isFirst ? FIRST_ATTEMPTS : Number.POSITIVE_INFINITY, () =>
        listShards(client, streamArn, stop.signal),
      );
      if (!listing) break;
      if (isFirst && listing.status === 'GONE' && book.all().length === 0) throw noStream(streamArn);
      await takeListing(listing, isFirst && isNew, asked);
      startReaders();
      emit({ type: 'shards', ...census(listing) });
      // Listings lag: a shard that came just before the end is in the next one.
      if (seenEnded && book.isEnded()) return 'ended';
      seenEnded = book.isEnded();
      lookIfCaughtUp();
      await untilNextListing();
    }
    return 'stopped';
  }

  /** Answers whether the stream was never read before. */
  async function loadPositions(): Promise<boolean> {
    const { positions, formerStreamArn } = await checkpoints.load();
    const now = clock.monotonic();
    for (const { gap, ...position } of positions) book.add(position, { gap: gap !== undefined, now });
    if (positions.length > 0 || formerStreamArn === undefined) return positions.length === 0;
    // The other stream was switched off and this one on: what was written in between is in none of them.
    const former = { shardId: formerStreamArn, done: true, savedAt: clock.wall() };
    book.add(former, { gap: true, now });
    await save(former, 'stream-replaced');
    return true;
  }

  /** What fails for the moment is tried again; undefined when the following ended meanwhile. */
  async function patiently<T>(what: 'list' | 'save', attempts: number, work: () => Promise<T>): Promise<T | undefined> {
    for (let attempt = 1; !stop.signal.aborted; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (stop.signal.aborted) break;
        if (streamFaultOf(error) !== 'later' || attempt >= attempts) throw error;
        const waitMs = pauseAfter(attempt, random, LONGEST_PAUSE_MS);
        emit({ type: 'retry', shardId: undefined, what, attempt, waitMs, error: messageOf(error) });
        await clock.sleep(waitMs, { signal: stop.signal });
      }
    }
    return undefined;
  }

  async function takeListing(listing: ShardListing, isFirst: boolean, asked: number): Promise<void> {
    const found = book.takeListing(listing, { isFirst, wall: clock.wall() });
    // A shard without a stored position would look, after a crash, as if it had come meanwhile: none is read before.
    await inGroups(found, async ({ position, gap }) => {
      await patiently('save', Number.POSITIVE_INFINITY, () => save(position, gap));
      book.add(position, { gap: gap !== undefined, now: clock.monotonic() });
    });
    listedAt = asked;
    await inGroups(book.forgettable(), async (shard) => {
      await patiently('save', Number.POSITIVE_INFINITY, () => checkpoints.forget(shard.position.shardId));
      shard.forgotten = true;
    });
  }

  function startReaders(): void {
    for (const shard of book.readable()) {
      shard.reading = true;
      const task: Promise<void> = readToEnd(shard.position)
        .catch((error: unknown) => {
          fatal ??= { error };
          stop.abort();
        })
        .finally(() => {
          shard.reading = false;
          tasks.delete(task);
        });
      tasks.add(task);
    }
  }

  async function allRead(): Promise<void> {
    while (tasks.size > 0) await Promise.all(tasks);
  }

  async function readToEnd(start: ShardPosition): Promise<void> {
    const { shardId } = start;
    const ending = await readShard({
      client,
      streamArn,
      start,
      handle: options.handle,
      save,
      isListed: async () =>
        (await listShards(client, streamArn, stop.signal)).shards.some((shard) => shard.shardId === shardId),
      onRead: (read) => {
        book.read(shardId, read);
        onHandledUpTo?.(book.handledUpTo());
        lookIfCaughtUp();
      },
      emit,
      takeTurn,
      signal: stop.signal,
      clock,
      random,
      pace,
    });
    if (ending === 'stopped') return;
    emit({ type: 'shard-ended', shardId });
    // Its children are there, or will be in a moment.
    startReaders();
    wake.abort();
  }

  async function save(position: ShardPosition, gap?: GapReason): Promise<void> {
    await checkpoints.save(position, gap);
    book.saved(position, gap !== undefined, clock.monotonic());
    if (gap === undefined) return;
    const found: ShardGap = { shardId: position.shardId, reason: gap, at: position.savedAt };
    gaps.push(found);
    emit({ type: 'gap', ...found });
    await onGap?.(found);
  }

  function lookIfCaughtUp(): void {
    const now = clock.monotonic();
    const is = book.isCaughtUp(now);
    if (is !== caughtUp) emit({ type: is ? 'caught-up' : 'behind' });
    caughtUp = is;
    if (!is || satisfied || !until?.({ listedAt, shards: book.all() })) return;
    satisfied = true;
    stop.abort();
  }

  async function untilNextListing(): Promise<void> {
    const { signal: stopped } = stop;
    const hurried = seenEnded || book.isListingIncomplete(clock.monotonic());
    const rest = hurried ? SHORTEST_RELIST_MS : Math.max(SHORTEST_RELIST_MS, relistMs);
    await clock.sleep(SHORTEST_RELIST_MS, { signal: stopped });
    // A shard that ended meanwhile has aborted this signal already, and is not waited for.
    await clock.sleep(rest - SHORTEST_RELIST_MS, { signal: AbortSignal.any([stopped, wake.signal]) });
    wake = new AbortController();
  }

  function census(listing: ShardListing) {
    const reading = book.all().filter((shard) => shard.reading).length;
    return { status: listing.status, listed: listing.shards.length, reading, waiting: book.waiting() };
  }

  function emit(event: StreamEvent): void {
    if (event.type === 'handled') handled += event.records;
    try {
      onEvent?.(event);
    } catch {
      // Watching must not stop the work.
    }
  }
}

async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += SAVES_AT_ONCE) {
    await Promise.all(items.slice(start, start + SAVES_AT_ONCE).map(work));
  }
}

function noStream(streamArn: string): MigrateError {
  return new MigrateError('TABLE_NOT_FOUND', `there is no stream \`${streamArn}\``, {
    fix: 'see whether the stream of the table is still on; `migrate status` tells what needs it',
  });
}
