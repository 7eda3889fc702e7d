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

/** A stream that a move follows. */
export interface MoveStream {
  /** Missing between the moment in which it is about to be switched on and that in which it was. */
  readonly arn?: string | undefined;
  /** It was switched on for the move, and is switched off after it. */
  readonly enabledByUs: boolean;
}

/** What a verify found. */
export interface VerifyRecord {
  /** ISO time. */
  readonly at: string;
  /** Of the migration, and of the run: what was found is worth nothing for another one. */
  readonly checksum: string;
  readonly run: number;
  /** Items. */
  readonly compared: number;
  readonly differences: number;
  readonly clean: boolean;
  /** Every item in both directions, not a sample. */
  readonly full: boolean;
}

/** A verify that was begun: one that is begun again with the same options goes on where it was cut off. */
export interface VerifyingRecord {
  /** 1, 2, 3…: checkpoints of another one are worth nothing. */
  readonly run: number;
  readonly direction: Direction;
  /** The share of items that is compared, 0 to 1. */
  readonly sample: number;
  readonly repair: boolean;
  readonly checksum: string;
  readonly open: boolean;
}

/** What a move has to remember from one command to the next. Tables are real names. */
export interface MoveRecord {
  readonly source: string;
  readonly target: string;
  /** The engine has no streams: nothing may be written to the source meanwhile. */
  readonly offline?: boolean | undefined;
  /** `up` is the stream of the source, `down` that of the target. */
  readonly streams?: { readonly up?: MoveStream | undefined; readonly down?: MoveStream | undefined } | undefined;
  /** The target was made by this move. */
  readonly targetMade?: boolean | undefined;
  readonly verified?: VerifyRecord | undefined;
  /** The last verify that was begun; `open` until it ends. */
  readonly verifying?: VerifyingRecord | undefined;
  /** Items that would not come back as they were, and the key of one of them, as plain text. */
  readonly lossy?: { readonly count: number; readonly key: string } | undefined;
  /** Settings of the source that the target does not have, in words. */
  readonly notCarried?: readonly string[] | undefined;
  /** The attribute by which the source's items expire. */
  readonly timeToLive?: string | undefined;
  /** The ARN of the execution that was started last to work on the backfill. */
  readonly execution?: string | undefined;
  /** The source was deleted when the move was completed. */
  readonly sourceDropped?: boolean | undefined;
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
  /** Moves only. */
  readonly move?: MoveRecord | undefined;
  /** The version of this tool that began the run. */
  readonly toolVersion: string;
}
