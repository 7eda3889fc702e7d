import type {
  GapReason,
  ShardCheckpoints,
  ShardPosition,
  StoredPositions,
} from '../../../src/dynamodb/streams/shard-checkpoints.js';

export interface MemoryCheckpoints extends ShardCheckpoints {
  readonly rows: Map<string, StoredPositions['positions'][number]>;
  formerStreamArn: string | undefined;
  /** What the next save throws. */
  failSave: (position: ShardPosition) => Error | undefined;
}

export function memoryCheckpoints(positions: readonly ShardPosition[] = []): MemoryCheckpoints {
  const rows: MemoryCheckpoints['rows'] = new Map(positions.map((position) => [position.shardId, position]));
  return {
    rows,
    formerStreamArn: undefined,
    failSave: () => undefined,
    async load() {
      return { positions: [...rows.values()], formerStreamArn: this.formerStreamArn };
    },
    async save(position, reason?: GapReason) {
      const error = this.failSave(position);
      if (error) throw error;
      const gap = reason === undefined ? rows.get(position.shardId)?.gap : { reason };
      rows.set(position.shardId, { ...position, gap });
    },
    async forget(shardId) {
      rows.delete(shardId);
    },
  };
}
