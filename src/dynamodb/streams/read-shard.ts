import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { messageOf } from '../../errors.js';
import { type HandleRecords, handleRecords, type ShardRecord } from './handle-records.js';
import type { TakeTurn } from './limit-turns.js';
import { pauseAfter } from './pause-after.js';
import type { GapReason, ShardPosition } from './shard-checkpoints.js';
import type { StreamClock } from './stream-clock.js';
import type { StreamEvent, StreamListener } from './stream-events.js';
import { streamFaultOf } from './stream-fault.js';

export interface ReadShardOptions {
  readonly client: Pick<DynamoDBStreamsClient, 'send'>;
  readonly streamArn: string;
  readonly start: ShardPosition;
  readonly handle: HandleRecords;
  /** Stores a position, durably. */
  readonly save: (position: ShardPosition, gap?: GapReason) => Promise<void>;
  /** Whether the stream still lists this shard. */
  readonly isListed: () => Promise<boolean>;
  /** Told of every answer. */
  readonly onRead: (read: ShardRead) => void;
  readonly emit: StreamListener;
  /** A request, its records and their checkpoint are one turn. */
  readonly takeTurn: TakeTurn;
  /** Aborted: the batch under way is finished and saved. */
  readonly signal: AbortSignal;
  readonly clock: StreamClock;
  readonly random: () => number;
  readonly pace: ShardPace;
}

/** An answer, once everything that came before it was handled. */
export interface ShardRead {
  readonly empty: boolean;
  /** As many records as were asked for, so that more are likely to be there. */
  readonly full: boolean;
  /** The monotonic time at which it was asked for. */
  readonly askedAt: number;
}

export interface ShardPace {
  /** Records a request; DynamoDB allows 1,000. */
  readonly batchSize: number;
  /** From request to request while records come. */
  readonly busyMs: number;
  /** From request to request while nothing comes. */
  readonly idleMs: number;
  /** A shard that is begun later than this after it was seen may have lost its first records. */
  readonly retentionMs: number;
}

const LONGEST_PAUSE_MS = 30_000;
/** So that a shard where nothing is written never looks as if it had been left alone. */
const REFRESH_MS = 3_600_000;

/**
 * Reads a shard from a position, in order and at least once, and saves what was handled. Answers `ended` when the
 * shard was handled to its end or is gone, which is a gap; `stopped` when `signal` aborted.
 *
 * @throws what cannot be mended by trying again.
 */
export async function readShard(options: ReadShardOptions): Promise<'ended' | 'stopped'> {
  const { client, streamArn, handle, save, emit, takeTurn, signal, clock, random, pace, onRead } = options;
  const { shardId } = options.start;
  let position = options.start;
  let unsaved: { readonly gap?: GapReason; readonly handled: readonly ShardRecord[] } | undefined;
  let pending: readonly ShardRecord[] = [];
  let iterator: string | undefined;
  /** The end of the shard was read; `pending` is all that is left of it. */
  let ended = false;
  let attempt = 0;

  if (position.sequenceNumber === undefined && wasLeftAlone()) {
    advance({}, { gap: 'away-too-long' });
  }
  while (!signal.aborted) {
    const askedAt = clock.monotonic();
    const pauseMs = await takeTurn(() => (signal.aborted ? Promise.resolve(0) : turn(askedAt)));
    if (position.done && !unsaved) return 'ended';
    if (pauseMs > 0) await clock.sleep(pauseMs, { signal });
  }
  return 'stopped';

  /** Saves what is not saved, else handles what was read, else reads. Answers how long to wait. */
  async function turn(askedAt: number): Promise<number> {
    if (unsaved) return (await persist()) ?? 0;
    if (pending.length === 0) {
      const pauseMs = await read(askedAt);
      if (pauseMs !== undefined) return pauseMs;
    }
    const { count, error } = await handleRecords(handle, pending, shardId);
    const handled = pending.slice(0, count);
    pending = pending.slice(count);
    const done = ended && pending.length === 0;
    if (count > 0) advance({ sequenceNumber: handled.at(-1)?.dynamodb?.SequenceNumber, done }, { handled });
    if (count > 0) attempt = 0;
    const persistMs = await persist();
    if (persistMs !== undefined) return persistMs;
    if (error !== undefined) return again('handle', error);
    return Math.max(0, askedAt + pace.busyMs - clock.monotonic());
  }

  /** Answers how long to wait, or undefined when there are records to handle now. */
  async function read(askedAt: number): Promise<number | undefined> {
    let records: readonly ShardRecord[];
    try {
      iterator ??= await openIterator();
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: pace.batchSize });
      const page = await client.send(command, { abortSignal: signal });
      records = page.Records ?? [];
      iterator = page.NextShardIterator;
      ended = iterator === undefined;
    } catch (error) {
      return signal.aborted ? 0 : mend(error);
    }
    attempt = 0;
    onRead({ empty: records.length === 0, full: records.length >= pace.batchSize, askedAt });
    if (signal.aborted) return 0;
    if (records.length > 0) {
      pending = records;
      return undefined;
    }
    if (ended) advance({ done: true });
    else if (clock.wall() - position.savedAt > REFRESH_MS) advance({});
    return (await persist()) ?? pace.idleMs;
  }

  async function openIterator(): Promise<string | undefined> {
    const { sequenceNumber } = position;
    const from =
      sequenceNumber === undefined
        ? ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
        : ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: sequenceNumber } as const);
    const command = new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ...from });
    return (await client.send(command, { abortSignal: signal })).ShardIterator;
  }

  async function mend(error: unknown): Promise<number> {
    const fault = streamFaultOf(error);
    if (fault !== 'later') iterator = undefined;
    switch (fault) {
      case 'expired':
        // Once at once; an iterator that expires as soon as it is made is a fault like any other.
        attempt += 1;
        return attempt === 1 ? 0 : again('read', error);
      case 'trimmed':
        // A shard that is not begun, and was not left alone for long, has nothing to lose. DynamoDB Local says this
        // when the first record comes to a shard that was empty when it was opened.
        if (position.sequenceNumber === undefined && !wasLeftAlone()) return again('read', error);
        // From the oldest record that is left.
        advance({ sequenceNumber: undefined }, { gap: 'trimmed' });
        return (await persist()) ?? again('read', error);
      case 'gone':
        // What is listed is there: an engine that contradicts itself is asked again.
        if (await listed()) return again('read', error);
        advance({ done: true }, { gap: 'shard-gone' });
        return (await persist()) ?? 0;
      case 'later':
        return again('read', error);
      case 'fatal':
        throw error;
    }
  }

  /** Records may have come and expired since the position was saved. */
  function wasLeftAlone(): boolean {
    return clock.wall() - position.savedAt > pace.retentionMs;
  }

  /** When the listing fails, the shard counts as listed: a gap is not declared on a guess. */
  async function listed(): Promise<boolean> {
    try {
      return await options.isListed();
    } catch (error) {
      if (streamFaultOf(error) === 'later') return true;
      throw error;
    }
  }

  function advance(
    change: Partial<ShardPosition>,
    { gap, handled = [] }: { readonly gap?: GapReason; readonly handled?: readonly ShardRecord[] } = {},
  ): void {
    position = { ...position, ...change, savedAt: clock.wall() };
    unsaved = { handled, ...(gap && { gap }) };
  }

  /** Answers how long to wait when it did not work. */
  async function persist(): Promise<number | undefined> {
    if (!unsaved) return undefined;
    const { gap, handled } = unsaved;
    try {
      await save(position, gap);
    } catch (error) {
      if (streamFaultOf(error) !== 'later') throw error;
      return again('save', error);
    }
    unsaved = undefined;
    if (handled.length > 0) emit(handledEvent(handled));
    return undefined;
  }

  function handledEvent(records: readonly ShardRecord[]): StreamEvent {
    const createdAt = records.at(-1)?.dynamodb?.ApproximateCreationDateTime?.getTime();
    return {
      type: 'handled',
      shardId,
      records: records.length,
      sequenceNumber: position.sequenceNumber,
      lagMs: createdAt === undefined ? undefined : Math.max(0, clock.wall() - createdAt),
    };
  }

  function again(what: 'handle' | 'read' | 'save', error: unknown): number {
    attempt += 1;
    const waitMs = pauseAfter(attempt, random, LONGEST_PAUSE_MS);
    emit({ type: 'retry', shardId, what, attempt, waitMs, error: messageOf(error) });
    return waitMs;
  }
}
