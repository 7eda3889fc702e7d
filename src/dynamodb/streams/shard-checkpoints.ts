/** How far one shard was handled. */
export interface ShardPosition {
  readonly shardId: string;
  readonly parentShardId?: string | undefined;
  /** The last record that was handled; undefined: from the oldest one on. */
  readonly sequenceNumber?: string | undefined;
  /** Every record of the shard was handled, and there will be no more; or it is gone. */
  readonly done: boolean;
  /** Up to this moment (milliseconds since 1970) nothing of the shard was missed. */
  readonly savedAt: number;
}

/**
 * Why records may be lost:
 * - `trimmed`: the records after the position had expired
 * - `shard-gone`: the shard expired before its end was read
 * - `away-too-long`: the shard was begun so late that its first records may have expired
 * - `parent-unseen`: a shard came and expired while nobody looked; the one named here
 * - `stream-replaced`: positions of another stream were stored; the one named here
 */
export type GapReason = 'trimmed' | 'shard-gone' | 'away-too-long' | 'parent-unseen' | 'stream-replaced';

/** A place where records may be lost: only a full verify with repair makes the target whole. */
export interface ShardGap {
  /** The shard; the ARN of the former stream where one was replaced. */
  readonly shardId: string;
  readonly reason: GapReason;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface StoredPositions {
  /** Those of this stream. A position with a gap is kept until somebody has cleared the gap. */
  readonly positions: readonly (ShardPosition & { readonly gap?: { readonly reason: string } | undefined })[];
  /** The ARN of another stream of which there are positions. */
  readonly formerStreamArn?: string | undefined;
}

/** Where the positions of one stream are kept. Everything is durable when it resolves. */
export interface ShardCheckpoints {
  /** Everything stored. From then on no former reader can save. */
  load(): Promise<StoredPositions>;
  /** With `gap`, the gap is stored in the same write. Without, a gap that is stored stays. */
  save(position: ShardPosition, gap?: GapReason): Promise<void>;
  forget(shardId: string): Promise<void>;
}
