import type { ShardGap } from './shard-checkpoints.js';

/** What happens while a stream is followed. Plain data; a listener that throws is ignored. */
export type StreamEvent =
  /** The shards were listed. */
  | {
      readonly type: 'shards';
      /** `ENABLED`, `DISABLED`…; `GONE` where there is no such stream any more. */
      readonly status: string;
      readonly listed: number;
      readonly reading: number;
      /** Shards whose parent is not read to its end yet. */
      readonly waiting: number;
    }
  /** A batch was handled and the position saved. */
  | {
      readonly type: 'handled';
      readonly shardId: string;
      readonly records: number;
      readonly sequenceNumber: string | undefined;
      /** The age of the last of these records. Engines round creation times: to a second, or even to a minute. */
      readonly lagMs: number | undefined;
    }
  | { readonly type: 'shard-ended'; readonly shardId: string }
  /** Something failed and is tried again: a batch, a request that was throttled, a save. */
  | {
      readonly type: 'retry';
      readonly shardId: string | undefined;
      readonly what: 'handle' | 'read' | 'save' | 'list';
      readonly attempt: number;
      readonly waitMs: number;
      readonly error: string;
    }
  | ({ readonly type: 'gap' } & ShardGap)
  /** Every open shard answers with nothing, time after time; the strongest sign that streams give. */
  | { readonly type: 'caught-up' }
  | { readonly type: 'behind' };

export type StreamListener = (event: StreamEvent) => void;
