import type { FollowResult, FollowStreamOptions } from '../../../src/dynamodb/streams/follow-stream.js';
import { followStream } from '../../../src/dynamodb/streams/follow-stream.js';
import type { BatchAnswer, ShardRecord } from '../../../src/dynamodb/streams/handle-records.js';
import type { StreamEvent } from '../../../src/dynamodb/streams/stream-events.js';
import { AutoClock } from './auto-clock.js';
import { FakeStream, numberOf } from './fake-stream.js';
import { type MemoryCheckpoints, memoryCheckpoints } from './memory-checkpoints.js';

/** What was handled: the shard, and the record's number. */
export type Handled = readonly [shardId: string, number: string];

export interface Following {
  readonly clock: AutoClock;
  readonly stream: FakeStream;
  readonly handled: Handled[];
  readonly events: StreamEvent[];
  checkpoints: MemoryCheckpoints;
  /** Stands before the recording of a batch: throws, or answers what failed. */
  handle: (records: readonly ShardRecord[], shardId: string) => Promise<BatchAnswer | undefined>;
  /** Follows until all is caught up, unless told otherwise. */
  follow(options?: Partial<FollowStreamOptions>): Promise<FollowResult>;
}

/** A scripted stream, followed in virtual time. */
export function following(): Following {
  const clock = new AutoClock();
  const stream = new FakeStream(clock);
  const handled: Handled[] = [];
  const events: StreamEvent[] = [];
  return {
    clock,
    stream,
    handled,
    events,
    checkpoints: memoryCheckpoints(),
    handle: async () => undefined,
    follow(options = {}) {
      return followStream({
        client: stream.client,
        streamArn: 'arn',
        clock,
        random: () => 0.5,
        checkpoints: this.checkpoints,
        signal: new AbortController().signal,
        until: () => true,
        onEvent: (event) => events.push(event),
        handle: async (records, { shardId }) => {
          const answer = await this.handle(records, shardId);
          const [lowest = '~'] = (answer?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier).sort();
          handled.push(
            ...records.map((record): Handled => [shardId, numberOf(record)]).filter(([, number]) => number < lowest),
          );
          return answer ?? { batchItemFailures: [] };
        },
        ...options,
      });
    },
  };
}
