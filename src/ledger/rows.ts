import type { Actor } from './actor.js';

export type MigrationKind = 'steps' | 'in-place' | 'move';
export type Direction = 'up' | 'down';

/** What a ledger row can say. A migration without a row is pending. */
export type MigrationState =
  | 'running'
  | 'paused'
  | 'interrupted'
  | 'waiting'
  | 'failed'
  | 'applied'
  | 'reverting'
  | 'baseline';

/** Sums over all segments. */
export interface Totals {
  readonly scanned: number;
  readonly changed: number;
  readonly errors: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** Why a migration stopped. Holds a key at most, never the contents of an item. */
export interface RowError {
  readonly code: string;
  readonly message: string;
  /** The item's key, as plain text. */
  readonly key?: string | undefined;
  /** ISO time. */
  readonly at: string;
}

/** The ledger's row of one migration. Times are ISO, by the clock of the machine that wrote them. */
export interface LedgerRow {
  readonly id: string;
  readonly kind: MigrationKind;
  readonly description: string;
  readonly checksum: string;
  readonly state: MigrationState;
  readonly direction: Direction;
  readonly phase?: string | undefined;
  /** Names this run: a resume keeps it, a fresh start gets a higher one. */
  readonly run: number;
  readonly totalSegments?: number | undefined;
  /** 1, 2, 3… in the order in which migrations were applied. */
  readonly order?: number | undefined;
  readonly tables: readonly string[];
  readonly startedAt: string;
  readonly appliedAt?: string | undefined;
  readonly finishedAt?: string | undefined;
  readonly by: Actor;
  /** The fencing token of the lease that wrote this row last. */
  readonly token: number;
  readonly error?: RowError | undefined;
  readonly totals?: Totals | undefined;
  /** The version of this tool that began the run. */
  readonly toolVersion: string;
}
