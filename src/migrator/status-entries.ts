import type { Control, ControlMark, ThrottleLimits } from '../ledger/control.js';
import { effectiveState } from '../ledger/effective-state.js';
import type { LockRow } from '../ledger/lock-row.js';
import { syncDirection } from '../ledger/move-phase.js';
import type { Pace } from '../ledger/pace.js';
import type { LedgerRow, MigrationKind, MigrationState, RowError, Totals, VerifyRecord } from '../ledger/rows.js';
import type { StoredSyncStatus } from '../ledger/sync-status.js';
import { checkState, isDone, type State } from './check-state.js';
import { compareIds } from './compare-ids.js';
import { blockedBy, heldTables } from './held-tables.js';
import { tablesOf } from './migration.js';
import type { RowWithProgress } from './read-progress.js';

export type MigrationFlag =
  | 'changed'
  | 'missing'
  | 'out-of-order'
  | 'blocked'
  | 'item-errors'
  | 'no-sync'
  | 'lagging'
  | 'gap'
  | 'frozen'
  | 'offline'
  | 'verify-stale'
  | 'throttled';

/** One migration, as `status` shows it: from its file, its row in the ledger, or both. */
export interface MigrationStatus {
  readonly id: string;
  readonly description: string;
  readonly kind: MigrationKind;
  readonly state: 'pending' | MigrationState;
  /** What an unfinished migration is at: `rewrite` or `verify` in place; the phase of a move. */
  readonly phase: string | null;
  /** `up`, or `down` while it is taken back. */
  readonly direction: 'up' | 'down';
  readonly flags: readonly MigrationFlag[];
  readonly checksum: string;
  /** Real names. */
  readonly tables: readonly string[];
  readonly progress: { readonly scanned: number; readonly changed: number; readonly errors: number } | null;
  readonly consumed: { readonly readUnits: number; readonly writeUnits: number } | null;
  /** Milliseconds by which the live sync of a move is behind, as it said last; `null` where nobody knows. */
  readonly lag: number | null;
  /** Who paused it, and when; `null` unless it is paused. */
  readonly paused: MarkReport | null;
  /** Limits that `throttle` put in place of the configured ones; `null` without. */
  readonly throttle:
    | (MarkReport & { readonly read: number | string | null; readonly write: number | string | null })
    | null;
  /** How fast each process goes that works on it now, and why it goes no faster. */
  readonly pace: readonly PaceReport[];
  /** What the last verify of a move found. */
  readonly verify: VerifyRecord | null;
  readonly error: RowError | null;
  /** ISO times. */
  readonly startedAt: string | null;
  readonly appliedAt: string | null;
  /** `user@host`, with the CI run where there is one. */
  readonly by: ActorReport | null;
  readonly reversible: boolean | null;
}

export interface ActorReport {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly ciUrl?: string | undefined;
}

/** Who did something, when, and why. */
export interface MarkReport {
  readonly by: ActorReport;
  /** ISO time. */
  readonly at: string;
  readonly reason: string | null;
}

/** How fast a process goes. Rates and limits are units a second. */
export interface PaceReport extends Pace {
  readonly by: ActorReport;
  /** ISO time. */
  readonly at: string;
}

/** What is known of every migration, in the order of their numbers. Pure. */
export function statusEntries(
  state: State & { readonly rows: readonly RowWithProgress[] },
  {
    tableName,
    lock,
    now,
    controls,
  }: {
    tableName: (name: string) => string;
    lock: LockRow | undefined;
    now: number;
    controls: ReadonlyMap<string, Control>;
  },
): MigrationStatus[] {
  const flags = flagsOf(state);
  const rows = new Map(state.rows.map((row: RowWithProgress) => [row.id, row]));
  const files = new Map(state.files.map((file) => [file.id, file]));
  const ids = [...new Set([...files.keys(), ...rows.keys()])].sort(compareIds);
  const unfinished = state.rows.find((row) => !isDone(row) && row.direction === 'down');
  const held = heldTables(state.rows);
  return ids.flatMap((id) => {
    const row = rows.get(id);
    const file = files.get(id);
    const source = file ? file.definition : row;
    if (!source) return [];
    const isHeld = file !== undefined && blockedBy(file, held, tableName) !== undefined;
    const control = row && isDone(row) ? {} : (controls.get(id) ?? {});
    const pace = paceOf(row, now);
    const blocked = !row && (unfinished !== undefined || isHeld) ? ['blocked' as const] : [];
    return {
      id,
      description: source.description,
      kind: source.kind,
      state: stateOf(row ? effectiveState(row, lock, now) : 'pending', control),
      phase: row && !isDone(row) ? (row.phase ?? null) : null,
      direction: row && !isDone(row) ? row.direction : 'up',
      flags: [
        ...(flags.get(id) ?? []),
        ...blocked,
        ...((row?.totals?.errors ?? 0) > 0 ? ['item-errors' as const] : []),
        ...(row ? moveFlags(row, now) : []),
        ...(control.throttle || pace.some(({ slowedBy }) => slowedBy === 'throttling') ? ['throttled' as const] : []),
      ],
      checksum: row?.checksum ?? file?.checksum ?? '',
      tables: row?.tables ?? (file ? tablesOf(file.definition).map(tableName) : []),
      ...counts(row?.totals),
      lag: row?.moving?.sync ? lagOf(row.moving.sync) : null,
      paused: control.paused ? markOf(control.paused) : null,
      throttle: control.throttle ? { ...markOf(control.throttle), ...limitsOf(control.throttle) } : null,
      pace,
      verify: row?.move?.verified ?? null,
      error: row?.error ?? null,
      startedAt: row?.startedAt ?? null,
      appliedAt: row?.appliedAt ?? null,
      by: row ? byOf(row.by) : null,
      reversible: file ? file.definition.irreversible === undefined : null,
    };
  });
}

function flagsOf(state: State): Map<string, MigrationFlag[]> {
  const named = { CHECKSUM_MISMATCH: 'changed', MIGRATION_MISSING: 'missing', OUT_OF_ORDER: 'out-of-order' } as const;
  const flags = new Map<string, MigrationFlag[]>();
  for (const { code, migration } of checkState(state)) {
    if (migration !== undefined && code in named) flags.set(migration, [named[code as keyof typeof named]]);
  }
  return flags;
}

/** Silence of a live sync that writes its status every second. The clocks of two machines may differ. */
const silentMs = 30_000;
const laggingMs = 60_000;

function moveFlags(row: RowWithProgress, now: number): MigrationFlag[] {
  const { move, moving } = row;
  if (!moving) return [];
  const { sync, gap, frozen } = moving;
  const follows = syncDirection(row) !== undefined && move?.offline !== true;
  const isSilent = sync === undefined || now - sync.wallAt > silentMs;
  const flags: [MigrationFlag, boolean][] = [
    ['offline', move?.offline === true],
    ['no-sync', follows && isSilent],
    ['lagging', follows && !isSilent && (lagOf(sync) ?? 0) > laggingMs],
    ['gap', gap !== undefined],
    ['frozen', frozen],
    ['verify-stale', row.phase === 'ready' && !(move?.verified?.clean && move.verified.full)],
  ];
  return flags.flatMap(([flag, is]) => (is ? [flag] : []));
}

function lagOf({ caughtUp, lagMs }: StoredSyncStatus): number | null {
  return caughtUp ? 0 : (lagMs ?? null);
}

function counts(totals: Totals | undefined): Pick<MigrationStatus, 'progress' | 'consumed'> {
  if (!totals) return { progress: null, consumed: null };
  const { scanned, changed, errors, readUnits, writeUnits } = totals;
  return { progress: { scanned, changed, errors }, consumed: { readUnits, writeUnits } };
}

/** A gate, and an error, are the better story: nothing goes on there, paused or not. */
function stateOf(state: MigrationStatus['state'], { paused }: Control): MigrationStatus['state'] {
  const mayGoOn = state === 'running' || state === 'reverting' || state === 'interrupted' || state === 'pending';
  return paused && mayGoOn ? 'paused' : state;
}

/** Of processes that were heard of lately: a dead one leaves its row behind. */
function paceOf(row: RowWithProgress | undefined, now: number): PaceReport[] {
  const live = (row?.paces ?? []).filter(({ wallAt }) => now - wallAt <= silentMs);
  return live.map(({ slowedBy, tables, by, at }) => ({ slowedBy, tables, by: byOf(by), at }));
}

function markOf({ by, at, reason }: ControlMark): MarkReport {
  return { by: byOf(by), at, reason: reason ?? null };
}

function limitsOf({ read, write }: ThrottleLimits) {
  return { read: read ?? null, write: write ?? null };
}

function byOf({ user, host, pid, ciUrl }: LedgerRow['by']): ActorReport {
  return { user, host, pid, ...(ciUrl !== undefined && { ciUrl }) };
}
