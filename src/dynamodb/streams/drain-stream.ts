import { type FollowStreamOptions, followStream, type StreamView } from './follow-stream.js';
import type { ShardRecord } from './handle-records.js';
import type { ShardGap } from './shard-checkpoints.js';

export interface DrainStreamOptions extends Omit<FollowStreamOptions, 'until' | 'emptyReadsAtTip' | 'relistMs'> {
  /** Milliseconds since 1970 from when on nobody writes. Default: now. */
  readonly writtenBefore?: number | undefined;
  /**
   * How long every open shard has to answer with nothing. It must exceed the time after which a write shows up in
   * the stream: under a second as a rule, with no promise by AWS. Default: 10,000.
   */
  readonly quietMs?: number;
  /** How often it has to answer with nothing, in a row. Default: 10. */
  readonly quietReads?: number;
  /** Called with the records that were written since a moment, before they are handled; some may be older. */
  readonly seen?: { readonly since: number; readonly onRecords: (records: readonly ShardRecord[]) => void } | undefined;
}

export interface DrainResult {
  /** `closed`: every shard ended and was handled to its end, a proof. `quiet`: nothing came for long enough. */
  readonly drained: 'closed' | 'quiet' | false;
  readonly handled: number;
  readonly gaps: readonly ShardGap[];
}

/** DynamoDB rounds creation times to the second, DynamoDB Local down to the minute. */
const CREATION_TIME_SLACK_MS = 60_000;

/**
 * Follows a stream until every record written before a moment was handled. Nobody may write to the table after
 * that moment. False when the signal aborted first.
 *
 * A stream has no position to compare with: an open shard does not tell its last record, an answer with nothing
 * may come in the middle of a shard, and a marker written to the table shows up in one shard and says nothing of the
 * others. So an open shard counts as drained when it answered with nothing many times in a row, for longer than a
 * write takes to show up. Certain is only a stream that is switched off: its shards are closed, keep their records
 * for 24 hours, and have an end that can be reached.
 */
export async function drainStream(options: DrainStreamOptions): Promise<DrainResult> {
  const { seen, clock, writtenBefore = clock.wall(), quietMs = 10_000, quietReads = 10, ...follow } = options;
  await clock.sleep(Math.max(0, writtenBefore - clock.wall()), { signal: options.signal });
  const startedAt = clock.monotonic();

  const { outcome, handled, gaps } = await followStream({
    ...follow,
    clock,
    emptyReadsAtTip: quietReads,
    relistMs: quietMs,
    idleMs: Math.min(follow.idleMs ?? 1_000, quietMs / quietReads),
    handle: seen ? withSeen(options.handle, seen) : options.handle,
    until: isQuiet,
  });
  return { drained: outcome === 'ended' ? 'closed' : outcome === 'until' && 'quiet', handled, gaps };

  function isQuiet({ listedAt, shards }: StreamView): boolean {
    // A shard that began before the last write may have to be listed yet.
    if (listedAt - quietMs < startedAt) return false;
    return shards.every(({ position, emptySince, emptyUntil }) => position.done || emptyUntil - emptySince >= quietMs);
  }
}

function withSeen(
  handle: FollowStreamOptions['handle'],
  { since, onRecords }: NonNullable<DrainStreamOptions['seen']>,
) {
  const from = since - CREATION_TIME_SLACK_MS;
  const handleSeen: FollowStreamOptions['handle'] = (records, shard) => {
    const recent = records.filter(
      ({ dynamodb }) => (dynamodb?.ApproximateCreationDateTime?.getTime() ?? Number.POSITIVE_INFINITY) >= from,
    );
    if (recent.length > 0) onRecords(recent);
    return handle(records, shard);
  };
  return handleSeen;
}
