import type { MigrationKind } from '../ledger/rows.js';

/** What a migration would do, as `plan` tells it. */
export interface MigrationPlan {
  readonly id: string;
  readonly kind: MigrationKind;
  readonly description: string;
  /** It was begun, and goes on. */
  readonly resumes: boolean;
  /** What it goes through; a gate is for a person. */
  readonly phases: readonly string[];
  /** Why there is no way back; `null` where there is one. */
  readonly irreversible: string | null;
  /** Real names: the table, or the source and the target of a move. */
  readonly tables: readonly string[];
  /** What it does, in a line; of steps, a line each. */
  readonly operations: readonly string[];
  /** `null` for steps, and where the table is not there yet. */
  readonly items: ItemsPlan | null;
  /** For each phase that reads or writes items. */
  readonly capacity: readonly CapacityPlan[];
  /** `null` where nothing limits it: then it goes as fast as the table takes it. */
  readonly seconds: number | null;
  readonly price: PricePlan | null;
  /** Of a move: whether the backfill ends before the stream forgets, 24 h; `null` where `seconds` is. */
  readonly fitsStream: boolean | null;
  /** Settings of the source that the target of a move does not get. */
  readonly notCarried: readonly string[];
  /** IAM actions that were refused while planning. */
  readonly missingActions: readonly string[];
  /** What stands in the way of it. */
  readonly blockers: readonly string[];
  readonly notes: readonly string[];
}

export interface ItemsPlan {
  /** In the table: counted if it was read whole, else DynamoDB's own estimate, which is up to six hours old. */
  readonly total: number;
  /** Stored bytes of the table, without indexes. */
  readonly bytes: number;
  /** Items that were read. */
  readonly sampled: number;
  /** The whole table was read: the figures are exact, and not scaled up from a sample. */
  readonly complete: boolean;
  /** Of the sampled ones: those that would be written, left out, and would fail. */
  readonly changed: number;
  readonly leftOut: number;
  readonly failed: number;
  readonly failures: readonly { readonly key: string; readonly code: string; readonly message: string }[];
  readonly examples: readonly ItemExample[];
  /** `down(up(x)) = x`, tried on the changed ones; `null` without a way back. */
  readonly roundTrip: {
    readonly tried: number;
    readonly differing: number;
    readonly examples: readonly ItemExample[];
  } | null;
  /** A second application changes nothing, tried on the changed ones; `null` for a move, which need not be repeatable. */
  readonly idempotent: boolean | null;
  /** The largest item that there would be. */
  readonly largest: { readonly key: string; readonly bytes: number; readonly limit: number } | null;
  /** Keys of the new table that several items claim. */
  readonly collisions: readonly { readonly key: string; readonly claimants: readonly string[] }[];
}

export interface ItemExample {
  readonly key: string;
  /** Attributes that differ. */
  readonly changes: readonly {
    readonly attribute: string;
    /** The value, or only its type and size where values are not to be shown; `null` where there is none. */
    readonly before: string | null;
    readonly after: string | null;
  }[];
  /** Attributes that stay as they are. */
  readonly unchanged: number;
}

export interface CapacityPlan {
  readonly phase: 'try' | 'rewrite' | 'backfill' | 'verify';
  readonly table: string;
  readonly readUnits: number;
  /** Those of the table and of all its indexes. */
  readonly writeUnits: number;
  readonly indexes: readonly { readonly name: string; readonly writeUnits: number }[];
}

export interface PricePlan {
  readonly amount: number;
  readonly currency: string;
}
