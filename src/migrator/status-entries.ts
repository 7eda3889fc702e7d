import { effectiveState } from '../ledger/effective-state.js';
import type { LockRow } from '../ledger/lock-row.js';
import type { LedgerRow, MigrationKind, MigrationState, RowError, Totals } from '../ledger/rows.js';
import { checkState, isDone, type State } from './check-state.js';
import { compareIds } from './compare-ids.js';
import { tablesOf } from './migration.js';

export type MigrationFlag = 'changed' | 'missing' | 'out-of-order' | 'blocked' | 'item-errors';

/** One migration, as `status` shows it: from its file, its row in the ledger, or both. */
export interface MigrationStatus {
  readonly id: string;
  readonly description: string;
  readonly kind: MigrationKind;
  readonly state: 'pending' | MigrationState;
  /** What an unfinished migration is at: `rewrite` or `verify`. */
  readonly phase: string | null;
  /** `up`, or `down` while it is taken back. */
  readonly direction: 'up' | 'down';
  readonly flags: readonly MigrationFlag[];
  readonly checksum: string;
  /** Real names. */
  readonly tables: readonly string[];
  readonly progress: { readonly scanned: number; readonly changed: number; readonly errors: number } | null;
  readonly consumed: { readonly readUnits: number; readonly writeUnits: number } | null;
  readonly error: RowError | null;
  /** ISO times. */
  readonly startedAt: string | null;
  readonly appliedAt: string | null;
  /** `user@host`, with the CI run where there is one. */
  readonly by: {
    readonly user: string;
    readonly host: string;
    readonly pid: number;
    readonly ciUrl?: string | undefined;
  } | null;
  readonly reversible: boolean | null;
}

/** What is known of every migration, in the order of their numbers. Pure. */
export function statusEntries(
  state: State,
  { tableName, lock, now }: { tableName: (name: string) => string; lock: LockRow | undefined; now: number },
): MigrationStatus[] {
  const flags = flagsOf(state);
  const rows = new Map(state.rows.map((row) => [row.id, row]));
  const files = new Map(state.files.map((file) => [file.id, file]));
  const ids = [...new Set([...files.keys(), ...rows.keys()])].sort(compareIds);
  const unfinished = state.rows.find((row) => !isDone(row) && row.direction === 'down');
  return ids.flatMap((id) => {
    const row = rows.get(id);
    const file = files.get(id);
    const source = file ? file.definition : row;
    if (!source) return [];
    const blocked = unfinished !== undefined && !row ? ['blocked' as const] : [];
    return {
      id,
      description: source.description,
      kind: source.kind,
      state: row ? effectiveState(row, lock, now) : 'pending',
      phase: row && !isDone(row) ? (row.phase ?? null) : null,
      direction: row && !isDone(row) ? row.direction : 'up',
      flags: [
        ...(flags.get(id) ?? []),
        ...blocked,
        ...((row?.totals?.errors ?? 0) > 0 ? ['item-errors' as const] : []),
      ],
      checksum: row?.checksum ?? file?.checksum ?? '',
      tables: row?.tables ?? (file ? tablesOf(file.definition).map(tableName) : []),
      ...counts(row?.totals),
      error: row?.error ?? null,
      startedAt: row?.startedAt ?? null,
      appliedAt: row?.appliedAt ?? null,
      by: row ? byOf(row) : null,
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

function counts(totals: Totals | undefined): Pick<MigrationStatus, 'progress' | 'consumed'> {
  if (!totals) return { progress: null, consumed: null };
  const { scanned, changed, errors, readUnits, writeUnits } = totals;
  return { progress: { scanned, changed, errors }, consumed: { readUnits, writeUnits } };
}

function byOf({ by: { user, host, pid, ciUrl } }: LedgerRow): MigrationStatus['by'] {
  return { user, host, pid, ...(ciUrl !== undefined && { ciUrl }) };
}
