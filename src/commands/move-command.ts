import { MigrateError } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import type { LoadedMigration } from '../migrator/migration.js';
import type { LockedMigrator } from '../migrator/migrator.js';
import { type Move, type OpenMoveOptions, openMove } from '../migrator/move/move.js';
import { requireSameTables } from '../migrator/move/same-tables.js';
import { unknownMigration } from '../migrator/plan.js';
import { assertCurrentCode } from '../migrator/run-migration.js';
import { requireSound, type Session } from './session.js';

/** A move that is under way, with its file, its row and its tables. */
export interface OpenedMove {
  readonly move: Move;
  readonly row: LedgerRow;
}

/**
 * Finds a move by its id.
 *
 * @throws MigrateError `UNKNOWN_MIGRATION`; `USAGE` where the migration is not a move; `MIGRATION_UNFINISHED` where it
 * was not begun.
 */
export async function findMove(
  session: Session,
  id: string,
  rows: readonly LedgerRow[],
  options: OpenMoveOptions = {},
): Promise<OpenedMove> {
  const file = await findFile(session, id, rows);
  const { definition } = requireMove(file);
  assertCurrentCode(file);
  const row = rows.find((one) => one.id === id);
  if (!row) {
    throw new MigrateError('MIGRATION_UNFINISHED', `migration \`${id}\` was not begun`, {
      migration: id,
      fix: `run it up to its cutover: \`migrate up --to ${id}\``,
    });
  }
  const move = await openMove(session.migrator, file, definition, options);
  requireSameTables(move, row.move);
  return { move, row };
}

/** Finds a migration by its id, begun or not. */
export async function findFile(session: Session, id: string, rows: readonly LedgerRow[]): Promise<LoadedMigration> {
  const { migrations: files, problems } = await session.files();
  requireSound(problems, { files, rows });
  const file = files.find((one) => one.id === id);
  if (!file) throw unknownMigration(id, files);
  return file;
}

/** @throws MigrateError `USAGE`. */
export function requireMove(file: LoadedMigration) {
  const { definition, id } = file;
  if (definition.kind === 'move') return { definition };
  throw new MigrateError('USAGE', `migration \`${id}\` is not a move from one table to another`, {
    migration: id,
    fix: 'see which are with `migrate status`',
  });
}

/** Runs `work` on a move under the lock. */
export function withMove<T>(
  session: Session,
  id: string,
  work: (migrator: LockedMigrator, opened: OpenedMove) => Promise<T>,
  options: OpenMoveOptions = {},
): Promise<T> {
  return session.locked(async (locked, rows) => work(locked, await findMove(session, id, rows, options)));
}
