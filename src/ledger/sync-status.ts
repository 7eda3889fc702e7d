import { clearRows } from './clear-rows.js';
import { type Clock, isoNow, systemClock } from './clock.js';
import { type Fence, putFenced } from './fenced-write.js';
import type { MetaTable } from './meta-table.js';
import type { Row } from './row-store.js';
import type { Direction } from './rows.js';

/** How far the process that follows a stream has come, for others to read. */
export interface SyncStatus {
  readonly streamArn: string;
  /** All that the stream had was handled when it was looked at last. */
  readonly caughtUp: boolean;
  /** The age of the newest record that was handled, in milliseconds; undefined while there was none. */
  readonly lagMs?: number | undefined;
  /** Records that were handled since the process began. */
  readonly handled: number;
}

/** A stored status. Its times are by the clock of the machine that wrote it, for people to read. */
export interface StoredSyncStatus extends SyncStatus {
  /** ISO time. */
  readonly at: string;
  /** The same, in milliseconds since 1970. */
  readonly wallAt: number;
}

/** Every write is fenced by the lease of the live sync, `clear` too; tokens of the commands' lock count separately. */
export interface SyncStatuses {
  save(lease: Fence, id: string, direction: Direction, status: SyncStatus): Promise<void>;
  get(id: string, direction: Direction): Promise<StoredSyncStatus | undefined>;
  clear(lease: Fence, id: string): Promise<void>;
}

export interface SyncStatusOptions {
  readonly table: MetaTable;
  readonly clock?: Clock;
}

/** Opens the statuses of all live syncs: a row per migration and direction. */
export function openSyncStatus({ table, clock = systemClock }: SyncStatusOptions): SyncStatuses {
  return {
    async save(lease, id, direction, { streamArn, caughtUp, lagMs, handled }) {
      const status = { streamArn, caughtUp, lagMs, handled, at: isoNow(clock), wallAt: clock.wall() };
      await putFenced(table, lease, { ...keyOf(id, direction), ...status });
    },

    async get(id, direction) {
      const row = await table.get(keyOf(id, direction));
      return row && statusOf(row);
    },

    clear: (lease, id) => clearRows(table, lease, partitionOf(id)),
  };
}

function partitionOf(id: string): string {
  return `sync#${id}`;
}

function keyOf(id: string, direction: Direction): { pk: string; sk: string } {
  return { pk: partitionOf(id), sk: direction };
}

function statusOf({ pk: _pk, sk: _sk, token: _token, write: _write, ...status }: Row): StoredSyncStatus {
  return status as unknown as StoredSyncStatus;
}
