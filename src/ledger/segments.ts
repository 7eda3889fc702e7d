import { randomUUID } from 'node:crypto';
import type { Actor } from './actor.js';
import {
  BEGINNING,
  checkpointKey,
  checkpointPartition,
  encodePosition,
  isBoundTo,
  positionOf,
} from './checkpoint-row.js';
import type { CheckpointBinding, Position } from './checkpoints.js';
import { type Clock, isoNow, systemClock } from './clock.js';
import { type Fence, updateFenced } from './fenced-write.js';
import { Lease } from './lease.js';
import { asHeld, FREED, identityOf, type LockRow } from './lock-row.js';
import type { MetaTable } from './meta-table.js';
import type { Row, RowKey } from './row-store.js';

/** A segment as it is stored: how far it has come, and who works on it. */
export interface SegmentState {
  readonly segment: number;
  readonly position: Position;
  /** Who holds its lease, dead or alive. */
  readonly holder: LockRow | undefined;
  /** Of whoever held it last. */
  readonly token: number;
}

/** Who takes a segment. */
export interface SegmentTaker {
  readonly actor: Actor;
  readonly command: string;
  readonly leaseMs: number;
}

/**
 * The segments of a backfill as leased work: a row each, which is its checkpoint and its lease at once. What counts is
 * decided by conditions on that one row, so workers need no lock between them.
 */
export interface Segments {
  /** Makes a row for every segment of a run that has none; those that are there stay as they are. */
  layOut(binding: CheckpointBinding): Promise<void>;
  /** The segments of this very run that were laid out, in order. */
  list(binding: CheckpointBinding): Promise<SegmentState[]>;
  get(binding: CheckpointBinding, segment: number): Promise<SegmentState | undefined>;
  /**
   * Takes a segment that is free, or whose holder was seen to be dead; `undefined` when it is not as it was seen any
   * more, or not of this run. No former holder can save it from then on.
   */
  take(binding: CheckpointBinding, seen: SegmentState, taker: SegmentTaker): Promise<Lease | undefined>;
  /** Stores a position under the segment's own lease. Save only what is confirmed to be written. */
  save(lease: Fence, binding: CheckpointBinding, segment: number, position: Position): Promise<void>;
  /** Every segment of a migration that was ever laid out and not removed, whatever its run. */
  listAll(id: string): Promise<SegmentState[]>;
  /** Removes a segment as it was seen; answers whether it did. Nobody can take it any more. */
  remove(id: string, seen: SegmentState): Promise<boolean>;
}

export interface SegmentsOptions {
  readonly table: MetaTable;
  readonly clock?: Clock;
  readonly uuid?: () => string;
}

const direction = 'up';
const layOutAtOnce = 25;

/** Opens the segments of all moves. */
export function openSegments({ table, clock = systemClock, uuid = randomUUID }: SegmentsOptions): Segments {
  async function rows(id: string): Promise<Row[]> {
    const found: Row[] = [];
    for await (const row of table.query(checkpointPartition(id), { prefix: `${direction}#` })) found.push(row);
    return found;
  }

  async function layOutOne(binding: CheckpointBinding, segment: number, known: Row | undefined): Promise<void> {
    const key = checkpointKey(binding, segment);
    for (let seen = known; ; seen = await table.get(key)) {
      if (seen && isBoundTo(seen, binding)) return;
      const token = Math.max(firstToken(binding), tokenOf(seen) + 1);
      const row = { ...key, ...encodePosition(binding, segment, BEGINNING, isoNow(clock)), token, write: 0, beat: 0 };
      const guard = seen ? equals(seen) : ({ kind: 'absent' } as const);
      if (await table.put(row, guard)) return;
    }
  }

  return {
    async layOut(binding) {
      const known = new Map((await rows(binding.id)).map((row) => [row.sk, row]));
      const segments = Array.from({ length: binding.totalSegments }, (_, segment) => segment);
      for (let from = 0; from < segments.length; from += layOutAtOnce) {
        const chunk = segments.slice(from, from + layOutAtOnce);
        await Promise.all(
          chunk.map((segment) => layOutOne(binding, segment, known.get(checkpointKey(binding, segment).sk))),
        );
      }
    },

    async list(binding) {
      return (await rows(binding.id)).filter((row) => isBoundTo(row, binding)).map(stateOf);
    },

    async get(binding, segment) {
      const row = await table.get(checkpointKey(binding, segment));
      return row && isBoundTo(row, binding) ? stateOf(row) : undefined;
    },

    async take(binding, seen, { actor, command, leaseMs }) {
      const key = checkpointKey(binding, seen.segment);
      const holder = uuid();
      const token = seen.token + 1;
      const at = isoNow(clock);
      const lock: LockRow = { ...actor, holder, token, beat: 0, leaseMs, command, acquiredAt: at, heartbeatAt: at };
      const { checksum, totalSegments, run } = binding;
      const identity = { ...identityOf(seen.holder), token: seen.token };
      const sentAt = clock.monotonic();
      try {
        const attributes = { checksum, totalSegments, run, holder: identity.holder, token: identity.token };
        const guard = { kind: 'equals', attributes: { ...attributes, ...beatOf(seen) } } as const;
        // The writes of the new holder are numbered from 1 again: its token tells them from those before.
        const taken = await table.update(key, { set: { ...FREED, ...lock, write: 0 } }, guard);
        // The SDK repeats a request whose answer was lost, and the repetition is refused.
        if (!taken && (await table.get(key))?.holder !== holder) return undefined;
      } catch (error) {
        await freeQuietly(key, holder);
        throw error;
      }
      return new Lease({ table, key, clock, holder, token, leaseMs, sentAt });
    },

    async save(lease, binding, segment, position) {
      await updateFenced(
        table,
        lease,
        checkpointKey(binding, segment),
        encodePosition(binding, segment, position, isoNow(clock)),
      );
    },

    // A claim of an older version that was cut short has a token, and no position.
    listAll: async (id) => (await rows(id)).map(stateOf),

    async remove(id, seen) {
      const key = checkpointKey({ id, direction }, seen.segment);
      const attributes = { holder: seen.holder?.holder, token: seen.token === 0 ? undefined : seen.token };
      return table.delete(key, { kind: 'equals', attributes: { ...attributes, ...beatOf(seen) } });
    },
  };

  /** A write that failed may have been made all the same: then nobody would keep that lease alive, or free it. */
  async function freeQuietly(key: RowKey, holder: string): Promise<void> {
    try {
      await table.update(key, { set: FREED }, { kind: 'equals', attributes: { holder } });
    } catch {
      // It runs out by itself.
    }
  }
}

/**
 * Tokens of a run are higher than all of the runs before it, although their rows were deleted: a request of a worker
 * from back then that lands now must not outrank anybody.
 */
function firstToken({ run }: CheckpointBinding): number {
  return run * 1_000_000;
}

function equals(row: Row) {
  const { run, token, holder } = row as Partial<Record<string, string | number>>;
  return { kind: 'equals', attributes: { run, token, holder } } as const;
}

/** Of a segment that is free, the beat says nothing. */
function beatOf({ holder }: SegmentState): { readonly beat?: number } {
  return holder ? { beat: holder.beat } : {};
}

function stateOf(row: Row): SegmentState {
  return {
    segment: Number(row.sk.slice(direction.length + 1)),
    position: positionOf(row),
    holder: asHeld(row),
    token: tokenOf(row),
  };
}

function tokenOf(row: Row | undefined): number {
  return typeof row?.token === 'number' ? row.token : 0;
}
