import type { Settings } from '../config/resolve-config.js';
import { MigrateError } from '../errors.js';
import type { Migrator } from './migrator.js';

const key = { pk: 'environment', sk: 'naming' };

/**
 * Two environments that map table names differently must not share a meta table: the second would find everything
 * applied, on tables that it has never touched. The meta table keeps what the first one made of a name.
 *
 * @throws MigrateError `CONFIG_INVALID`.
 */
export async function requireSameNaming({ metaTable, settings }: Migrator): Promise<void> {
  const naming = namingOf(settings);
  const row = await metaTable.get(key);
  if (row?.naming === undefined || row.naming === naming) return;
  throw new MigrateError(
    'CONFIG_INVALID',
    `the meta table \`${metaTable.name}\` keeps the record of tables named like \`${row.naming}\` (environment \`${row.environment}\`); in \`${settings.environment}\` they are named like \`${naming}\``,
    { fix: `give \`${settings.environment}\` a \`metaTable\` of its own, or restore its \`tableName\`` },
  );
}

/** Keeps the naming of the environment that is the first to write. */
export async function recordNaming({ metaTable, settings }: Migrator): Promise<void> {
  await metaTable.put({ ...key, naming: namingOf(settings), environment: settings.environment }, { kind: 'absent' });
}

function namingOf({ tableName }: Settings): string {
  try {
    return tableName('TABLE');
  } catch {
    // It maps the names that it knows, one by one.
    return 'by a list';
  }
}
