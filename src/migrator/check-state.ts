import { MigrateError } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import { compareIds } from './compare-ids.js';
import type { LoadedMigration } from './migration.js';

/** The files that were found and the rows of the ledger: all that a plan is made from. */
export interface State {
  readonly files: readonly LoadedMigration[];
  readonly rows: readonly LedgerRow[];
}

/** Whether the migration counts as done: applied by this tool, or declared so by `baseline`. */
export function isDone({ state }: { readonly state: string }): boolean {
  return state === 'applied' || state === 'baseline';
}

/**
 * Where files and ledger disagree: files changed after they were applied, missing ones, and pending ones that sort
 * before an applied one. Pure. Each is an error with its own way out.
 */
export function checkState({ files, rows }: State): MigrateError[] {
  const fileOf = new Map(files.map((file) => [file.id, file]));
  const rowIds = new Set(rows.map((row) => row.id));
  const problems: MigrateError[] = [];
  for (const row of rows) {
    const file = fileOf.get(row.id);
    if (!file) {
      if (row.state !== 'baseline') problems.push(missing(row));
    } else if (file.checksum !== row.checksum && !mayHaveChanged(row)) {
      problems.push(changed(row, file));
    }
  }
  const last = rows
    .map((row) => row.id)
    .sort(compareIds)
    .at(-1);
  for (const file of files) {
    if (last !== undefined && !rowIds.has(file.id) && compareIds(file.id, last) < 0) {
      problems.push(outOfOrder(file.id, last));
    }
  }
  return problems;
}

/**
 * Whether a file that differs from its row is fine: steps that failed are mended by editing the step that did, and
 * those that are done are skipped. Items that are half rewritten by one transform must not meet another unasked.
 */
function mayHaveChanged(row: LedgerRow): boolean {
  return row.state === 'failed' && row.direction === 'up' && row.kind === 'steps';
}

function missing(row: LedgerRow): MigrateError {
  return new MigrateError('MIGRATION_MISSING', `migration \`${row.id}\` is ${row.state}, but its file is gone`, {
    migration: row.id,
    fix: `restore the file, or forget the migration: \`migrate repair ${row.id} --reason "…"\``,
  });
}

function changed(row: LedgerRow, file: LoadedMigration): MigrateError {
  const since = row.state === 'applied' ? 'applied' : row.state === 'baseline' ? 'baselined' : 'started';
  return new MigrateError(
    'CHECKSUM_MISMATCH',
    `migration \`${row.id}\` changed since it was ${since} (recorded ${row.checksum}, now ${file.checksum})`,
    {
      migration: row.id,
      fix: `restore the file, or accept the change: \`migrate repair ${row.id} --reason "…"\``,
    },
  );
}

function outOfOrder(id: string, last: string): MigrateError {
  return new MigrateError('OUT_OF_ORDER', `migration \`${id}\` is pending, but the later \`${last}\` is not`, {
    migration: id,
    fix: `give the file a number after \`${last}\`, or mark it as done: \`migrate baseline ${id} --reason "…"\``,
  });
}
