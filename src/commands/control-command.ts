import { MigrateError } from '../errors.js';
import { isDone } from '../migrator/check-state.js';
import { tablesOf } from '../migrator/migration.js';
import { unknownMigration } from '../migrator/plan.js';
import type { Session } from './session.js';

/** A migration that an operator may slow down, or stop for a while. */
export interface Controlled {
  /** Real names. */
  readonly tables: readonly string[];
}

/**
 * Finds a migration by its id, without the lock: whoever holds that is to obey.
 *
 * @throws MigrateError `UNKNOWN_MIGRATION`; `USAGE` where there is nothing to control.
 */
export async function findControlled(session: Session, id: string): Promise<Controlled> {
  const { migrations: files } = await session.files();
  const row = (await session.rows()).find((one) => one.id === id);
  const file = files.find((one) => one.id === id);
  const kind = row?.kind ?? file?.definition.kind;
  if (kind === undefined) throw unknownMigration(id, files);
  const refuse = (what: string, fix: string) => {
    throw new MigrateError('USAGE', `migration \`${id}\` ${what}`, { migration: id, fix });
  };
  if (kind === 'steps')
    refuse('consists of steps, which are code of yours', 'stop it with Ctrl-C: it ends between two steps');
  if (row && isDone(row)) refuse(`is ${row.state}: nothing of it runs`, 'see what is under way: `migrate status`');
  return { tables: row?.tables ?? (file ? tablesOf(file.definition).map(session.settings.tableName) : []) };
}

/** Says whether anybody is there to obey. */
export async function tellWhoObeys(session: Session, id: string, what: string): Promise<void> {
  const lock = await session.lock();
  const row = (await session.rows()).find((one) => one.id === id);
  const isAtWork = lock !== undefined && row?.token === lock.token;
  const message = isAtWork
    ? `${id}: ${what}; ${lock.user}@${lock.host} (pid ${lock.pid}) is at work, and obeys within 2 s`
    : `${id}: ${what}; nobody is at work on it, and whoever is next obeys`;
  session.migrator.emit({ type: 'note', message });
}
