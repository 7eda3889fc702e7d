import type { Direction, LedgerRow } from '../ledger/rows.js';
import { type LoadedMigration, tablesOf } from './migration.js';
import type { LockedMigrator } from './migrator.js';

/** One migration on its way. */
export interface Run {
  readonly file: LoadedMigration;
  readonly direction: Direction;
  /** The ledger's row at the start; `undefined` when the migration is pending. */
  readonly row: LedgerRow | undefined;
}

/** Whether a run goes on where one before it stopped: the same file, the same way, unfinished. */
export function isResume({ file, direction, row }: Run): boolean {
  return (
    row !== undefined &&
    row.state !== 'applied' &&
    row.state !== 'baseline' &&
    row.direction === direction &&
    (row.checksum === file.checksum || row.kind === 'steps')
  );
}

/** Records the run in the ledger as running, fresh or resumed, and says so. */
export async function beginRun(
  { ledger, history, lease, actor, settings, toolVersion, emit }: LockedMigrator,
  run: Run,
  totalSegments?: number,
): Promise<LedgerRow> {
  const { file, direction } = run;
  const { id, checksum, definition } = file;
  const { kind, description } = definition;
  const resumed = isResume(run);
  emit({ type: 'started', id, direction, kind, description, resumed });
  const tables = tablesOf(definition).map((name) => settings.tableName(name));
  const begun = resumed
    ? await ledger.update(lease, id, {
        state: direction === 'up' ? 'running' : 'reverting',
        error: undefined,
        by: actor,
        checksum,
        description,
        toolVersion,
        totalSegments,
      })
    : await ledger.begin(lease, {
        id,
        kind,
        description,
        checksum,
        direction,
        tables,
        by: actor,
        toolVersion,
        totalSegments,
      });
  await history.append({ action: resumed ? 'resumed' : 'started', id, by: actor, details: { direction, checksum } });
  return begun;
}
