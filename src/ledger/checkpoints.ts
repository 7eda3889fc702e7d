import type { RawItem } from '../item/attribute-value.js';
import {
  BEGINNING,
  checkpointKey,
  checkpointPartition,
  encodePosition,
  isBoundTo,
  positionOf,
} from './checkpoint-row.js';
import { clearRows } from './clear-rows.js';
import { type Clock, isoNow, systemClock } from './clock.js';
import { type Fence, putFenced, updateFenced } from './fenced-write.js';
import type { MetaTable } from './meta-table.js';
import type { Row } from './row-store.js';
import type { Direction } from './rows.js';

/** What a position is valid for. A position of anything else is not resumed from, but reset. */
export interface CheckpointBinding {
  /** The migration's id. */
  readonly id: string;
  readonly checksum: string;
  readonly direction: Direction;
  /** A scan's segments are other items when their number changes. */
  readonly totalSegments: number;
  /** The ledger row's `run`. */
  readonly run: number;
}

/** How far a segment has come, and what it did so far. */
export interface Position {
  /** Where the next page begins; undefined at the beginning. Kept exactly as it came. */
  readonly exclusiveStartKey?: RawItem | undefined;
  /** The segment was scanned to its end in this pass. */
  readonly done: boolean;
  /** 1 for the first scan; higher where a migration scans again. */
  readonly pass: number;
  /** Items read and changed in this pass. */
  readonly passScanned: number;
  readonly passChanged: number;
  /** Items read in pass 1: each once, however often it is verified. */
  readonly scanned: number;
  /** Pages, changed items and capacity units of all passes together. */
  readonly pages: number;
  readonly changed: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Counts of its own that a kind of pass keeps. */
  readonly counts?: Readonly<Record<string, number>> | undefined;
}

/** A stored position, as a reader on any machine sees it. */
export interface Checkpoint extends Position {
  readonly binding: CheckpointBinding;
  readonly segment: number;
  /** ISO time. */
  readonly savedAt: string;
}

export interface Checkpoints {
  /**
   * The position to go on from: the stored one if it has this very binding, else the beginning, which is stored.
   * From then on no former holder of the lock can save this segment.
   */
  claim(lease: Fence, binding: CheckpointBinding, segment: number): Promise<Position>;
  /** Stores a position of a segment that was claimed before. Save only what is confirmed to be written. */
  save(lease: Fence, binding: CheckpointBinding, segment: number, position: Position): Promise<void>;
  /** The checkpoints of a migration, or those of one run, in the order of direction and segment. */
  list(id: string, run?: number): Promise<Checkpoint[]>;
  clear(lease: Fence, id: string): Promise<void>;
}

export interface CheckpointsOptions {
  readonly table: MetaTable;
  readonly clock?: Clock;
}

/** Opens the checkpoints of all migrations: a row per migration, direction and segment. */
export function openCheckpoints({ table, clock = systemClock }: CheckpointsOptions): Checkpoints {
  return {
    async claim(lease, binding, segment) {
      const key = checkpointKey(binding, segment);
      const found = await updateFenced(table, lease, key, {}, { orCreate: true });
      if (isBoundTo(found, binding)) return positionOf(found);
      await putFenced(table, lease, { ...key, ...encodePosition(binding, segment, BEGINNING, isoNow(clock)) });
      return BEGINNING;
    },

    async save(lease, binding, segment, position) {
      const row = encodePosition(binding, segment, position, isoNow(clock));
      // An update, not a put: only a row that was claimed, and that nobody claimed since, is written.
      await updateFenced(table, lease, checkpointKey(binding, segment), row);
    },

    async list(id, run) {
      const checkpoints: Checkpoint[] = [];
      for await (const row of table.query(checkpointPartition(id))) {
        // A claim that was cut short leaves a row that has a token, and no position yet.
        if (row.run === undefined || (run !== undefined && row.run !== run)) continue;
        checkpoints.push(checkpointOf(id, row));
      }
      return checkpoints;
    },

    clear: (lease, id) => clearRows(table, lease, checkpointPartition(id)),
  };
}

function checkpointOf(id: string, row: Row): Checkpoint {
  const { checksum, direction, totalSegments, run } = row as unknown as CheckpointBinding;
  const { segment, savedAt } = row as unknown as Checkpoint;
  return { ...positionOf(row), binding: { id, checksum, direction, totalSegments, run }, segment, savedAt };
}
