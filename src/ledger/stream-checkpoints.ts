import { clearRows } from './clear-rows.js';
import { deleteFenced, type Fence, updateFenced } from './fenced-write.js';
import type { MetaTable } from './meta-table.js';
import type { Row } from './row-store.js';
import type { Direction } from './rows.js';

/** Which stream of which move is followed. */
export interface StreamBinding {
  /** The migration's id. */
  readonly id: string;
  /** `up` follows the source; `down` the target, after the cutover. */
  readonly direction: Direction;
  readonly streamArn: string;
}

/** How far a shard was handled. */
export interface StreamPosition {
  readonly shardId: string;
  readonly parentShardId?: string | undefined;
  /** The last record that was handled; undefined: from the oldest one on. */
  readonly sequenceNumber?: string | undefined;
  readonly done: boolean;
  /** Up to this moment (milliseconds since 1970) nothing of the shard was missed. */
  readonly savedAt: number;
}

/** Records of a shard may be lost: only a full verify with repair makes the target whole. */
export interface StreamGap {
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A stored position, as a reader on any machine sees it. */
export interface StreamCheckpoint extends StreamPosition {
  readonly binding: StreamBinding;
  readonly gap?: StreamGap | undefined;
}

/** The positions of one stream under one lease: what a reader of the stream saves to. */
export interface BoundStreamCheckpoints {
  /** Claims all positions and answers them: no former holder of the lease can save any of them from then on. */
  load(): Promise<{ positions: StreamCheckpoint[]; formerStreamArn?: string | undefined }>;
  /** Without `gap`, a gap that is stored stays. */
  save(position: StreamPosition, gap?: string): Promise<void>;
  forget(shardId: string): Promise<void>;
}

export interface StreamCheckpoints {
  bind(lease: Fence, binding: StreamBinding): BoundStreamCheckpoints;
  /** The positions of a move, of all its streams, in the order of direction and shard. */
  list(id: string): Promise<StreamCheckpoint[]>;
  /** Takes back the gaps that were listed before a full verify with repair. One that was found since then stays. */
  clearGaps(checkpoints: readonly StreamCheckpoint[]): Promise<void>;
  clear(lease: Fence, id: string, direction?: Direction): Promise<void>;
}

export interface StreamCheckpointsOptions {
  readonly table: MetaTable;
}

const CLAIMS_AT_ONCE = 25;

/** Opens the positions in streams of all moves: a row per migration, direction and shard. */
export function openStreamCheckpoints({ table }: StreamCheckpointsOptions): StreamCheckpoints {
  async function list(id: string, direction?: Direction): Promise<StreamCheckpoint[]> {
    const found: StreamCheckpoint[] = [];
    const prefix = direction === undefined ? '' : `${direction}#`;
    for await (const row of table.query(partitionOf(id), { prefix })) {
      // A claim that was cut short leaves a row that has a token, and no position.
      if (row.shardId !== undefined) found.push(checkpointOf(id, row));
    }
    return found;
  }

  return {
    bind: (lease, binding) => bind(table, lease, binding, list),

    list: (id) => list(id),

    async clearGaps(checkpoints) {
      for (const { binding, shardId, gap } of checkpoints) {
        if (!gap) continue;
        // Not fenced: whoever verifies does not hold the lease of whoever follows. It changes no position, and only
        // takes back the very gap that was seen.
        const set = { gapReason: undefined, gapAt: undefined };
        await table.update(keyOf(binding, shardId), { set }, { kind: 'equals', attributes: { gapAt: gap.at } });
      }
    },

    clear: (lease, id, direction) =>
      clearRows(table, lease, partitionOf(id), direction === undefined ? '' : `${direction}#`),
  };
}

function bind(
  table: MetaTable,
  lease: Fence,
  binding: StreamBinding,
  list: (id: string, direction: Direction) => Promise<StreamCheckpoint[]>,
): BoundStreamCheckpoints {
  /** Rows that were seen or made under this lease. One that is missing later was deleted by the next holder. */
  const known = new Set<string>();

  async function claim({ binding: { id, direction }, shardId }: StreamCheckpoint): Promise<StreamCheckpoint[]> {
    // Answers what the row says now: its former holder may have saved it since it was listed.
    const row = await updateFenced(table, lease, keyOf({ id, direction }, shardId), {}, { orCreate: true });
    known.add(shardId);
    return row.shardId === undefined ? [] : [checkpointOf(id, row)];
  }

  return {
    async load() {
      const all = await list(binding.id, binding.direction);
      const positions: StreamCheckpoint[] = [];
      for (let start = 0; start < all.length; start += CLAIMS_AT_ONCE) {
        positions.push(...(await Promise.all(all.slice(start, start + CLAIMS_AT_ONCE).map(claim))).flat());
      }
      const isOurs = ({ binding: { streamArn } }: StreamCheckpoint) => streamArn === binding.streamArn;
      const former = positions.find((position) => !isOurs(position));
      return { positions: positions.filter(isOurs), formerStreamArn: former?.binding.streamArn };
    },

    async save({ shardId, parentShardId, sequenceNumber, done, savedAt }, gap) {
      const { streamArn, direction } = binding;
      const position = { shardId, parentShardId, sequenceNumber, done, savedAt: iso(savedAt), streamArn, direction };
      const found = gap === undefined ? {} : { gapReason: gap, gapAt: savedAt };
      const orCreate = !known.has(shardId);
      await updateFenced(table, lease, keyOf(binding, shardId), { ...position, ...found }, { orCreate });
      known.add(shardId);
    },

    async forget(shardId) {
      await deleteFenced(table, lease, keyOf(binding, shardId));
      known.delete(shardId);
    },
  };
}

function partitionOf(id: string): string {
  return `stream#${id}`;
}

function keyOf({ id, direction }: Pick<StreamBinding, 'id' | 'direction'>, shardId: string) {
  return { pk: partitionOf(id), sk: `${direction}#${shardId}` };
}

function checkpointOf(id: string, row: Row): StreamCheckpoint {
  const { direction, streamArn } = row as unknown as StreamBinding;
  const { shardId, parentShardId, sequenceNumber, done } = row as unknown as StreamPosition;
  const { savedAt, gapReason, gapAt } = row as unknown as { savedAt: string; gapReason?: string; gapAt?: number };
  return {
    binding: { id, direction, streamArn },
    shardId,
    ...(parentShardId !== undefined && { parentShardId }),
    ...(sequenceNumber !== undefined && { sequenceNumber }),
    done,
    savedAt: Date.parse(savedAt),
    ...(gapAt !== undefined && { gap: { reason: gapReason ?? 'unknown', at: gapAt } }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
