import type { StreamEvent } from '../dynamodb/streams/stream-events.js';
import type { RawItem } from '../item/attribute-value.js';
import type { Control } from '../ledger/control.js';
import type { LockRow } from '../ledger/lock-row.js';
import type { MovePhase } from '../ledger/move-phase.js';
import type { Pace } from '../ledger/pace.js';
import type { Direction, MigrationKind, Totals } from '../ledger/rows.js';

/** How far a migration has come in a phase that reads items. */
export interface Progress {
  /** In place `rewrite`, then `verify`; in a move `backfill`, then `verify`. */
  readonly phase: 'rewrite' | 'backfill' | 'verify';
  /** Items read in this phase; `expected` is what there will be, where it is known or was estimated. */
  readonly scanned: number;
  readonly expected: number | undefined;
  readonly segments: { readonly done: number; readonly total: number };
  /** Of the whole run. */
  readonly totals: Totals;
}

/** What a migration would do. */
export interface DryRun {
  /** For people, a line each. */
  readonly lines: readonly string[];
  /** Items that would fail. */
  readonly itemErrors: number;
}

/** What happens while a command runs, as plain data. Only the command line prints. */
export type MigrateEvent =
  | { readonly type: 'waiting'; readonly holder: LockRow; readonly waitedMs: number }
  | { readonly type: 'engine-waiting'; readonly message: string }
  | {
      readonly type: 'started';
      readonly id: string;
      readonly direction: Direction;
      readonly kind: MigrationKind;
      readonly description: string;
      readonly resumed: boolean;
    }
  | { readonly type: 'progress'; readonly id: string; readonly direction: Direction; readonly progress: Progress }
  /** About once a second while items are read or written: how fast that goes, and why it goes no faster. */
  | { readonly type: 'pace'; readonly id: string; readonly pace: Pace; readonly control: Control }
  | {
      readonly type: 'step';
      readonly id: string;
      readonly name: string;
      readonly state: 'started' | 'done' | 'skipped';
    }
  | { readonly type: 'log'; readonly id: string; readonly message: string }
  /** A move entered a phase. */
  | { readonly type: 'phase'; readonly id: string; readonly phase: MovePhase }
  /** Something of the live sync in this process. */
  | { readonly type: 'sync'; readonly id: string; readonly direction: Direction; readonly event: StreamEvent }
  /** Several source items claim one target key. */
  | { readonly type: 'collision'; readonly id: string; readonly key: RawItem; readonly claimants: readonly RawItem[] }
  | { readonly type: 'note'; readonly message: string }
  | { readonly type: 'warning'; readonly message: string }
  | {
      readonly type: 'finished';
      readonly id: string;
      readonly kind: MigrationKind;
      readonly direction: Direction;
      readonly totals: Totals | undefined;
      readonly elapsedMs: number;
    }
  | {
      readonly type: 'dry-run';
      readonly id: string;
      readonly direction: Direction;
      /** What would happen, a line each. */
      readonly lines: readonly string[];
    }
  /** Where a command is about to write. */
  | { readonly type: 'target'; readonly text: string }
  | { readonly type: 'counted'; readonly table: string; readonly items: number };

export type EventListener = (event: MigrateEvent) => void;
