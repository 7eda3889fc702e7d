import type { MoveMigration } from '../../definition/define-move.js';
import { describeTable, findTable, keyNamesOf, tableIdOf } from '../../dynamodb/describe-table.js';
import { MigrateError } from '../../errors.js';
import type { KeyNames } from '../../item/attribute-value.js';
import type { Mapping } from '../../reconcile/mapping.js';
import { moveMapping } from '../../reconcile/move-mapping.js';
import type { MoveTable } from '../../reconcile/move-ports.js';
import type { LoadedMigration } from '../migration.js';
import type { Migrator } from '../migrator.js';

/** A move, as it is in this environment. */
export interface Move {
  readonly id: string;
  readonly checksum: string;
  readonly definition: MoveMigration;
  readonly source: MoveTable;
  readonly target: MoveTable;
  readonly mapping: Mapping;
  /** The ids of the tables that are there now; `undefined` for one that is not. */
  readonly tableIds: { readonly source?: string | undefined; readonly target?: string | undefined };
}

export interface OpenMoveOptions {
  /** To end a move whose source was dropped: then its keys are taken to be those of the target. Default: false. */
  readonly sourceMayBeGone?: boolean;
}

/**
 * Looks at the tables of a move.
 *
 * @throws MigrateError `TABLE_NOT_FOUND` without the source, `TABLE_DRIFT` where its keys are not those that the
 * migration declares, `MIGRATION_INVALID` where the tables are one, or the meta table.
 */
export async function openMove(
  { client, settings }: Pick<Migrator, 'client' | 'settings'>,
  { id, checksum }: Pick<LoadedMigration, 'id' | 'checksum'>,
  definition: MoveMigration,
  { sourceMayBeGone = false }: OpenMoveOptions = {},
): Promise<Move> {
  const { from, to, rekeyed } = definition;
  const sourceName = settings.tableName(from.name);
  const targetName = settings.tableName(to.name);
  if (sourceName === targetName) {
    throw new MigrateError('MIGRATION_INVALID', `\`from\` and \`to\` are one table here, \`${sourceName}\``, {
      fix: 'name two tables, and look at `tableName` of the environment; to rewrite items where they are, use `table`',
    });
  }
  for (const name of [sourceName, targetName]) {
    if (name !== settings.metaTable) continue;
    throw new MigrateError('MIGRATION_INVALID', `\`${name}\` is the meta table, which no migration may change`, {
      fix: 'give the meta table a name of its own with `metaTable` in the config',
    });
  }
  const existing = await findTable(client, targetName);
  const before = sourceMayBeGone ? await findTable(client, sourceName) : await describeTable(client, sourceName);
  const sourceKeys = keyNamesOf(before ?? existing ?? {});
  if (before) assertKeys(sourceName, sourceKeys, from);
  const targetKeys = existing ? keyNamesOf(existing) : rekeyed ? namesOf(rekeyed) : sourceKeys;
  if (existing && rekeyed) assertKeys(targetName, targetKeys, namesOf(rekeyed));
  // Without either table nothing is known of their keys, and nothing is written by them.
  else if (existing ?? before) assertKeys(targetName, targetKeys, to);
  return {
    id,
    checksum,
    definition,
    source: { tableName: sourceName, keyNames: sourceKeys },
    target: { tableName: targetName, keyNames: targetKeys },
    mapping: moveMapping(definition, sourceKeys, targetKeys),
    tableIds: { source: before && tableIdOf(before), target: existing && tableIdOf(existing) },
  };
}

function namesOf({ partitionKey, sortKey }: NonNullable<MoveMigration['rekeyed']>): KeyNames {
  return { partitionKey: partitionKey.name, ...(sortKey && { sortKey: sortKey.name }) };
}

function assertKeys(tableName: string, found: KeyNames, declared: Partial<KeyNames>): void {
  for (const part of ['partitionKey', 'sortKey'] as const) {
    if (declared[part] === undefined || declared[part] === found[part]) continue;
    throw new MigrateError(
      'TABLE_DRIFT',
      `the ${part} of \`${tableName}\` is ${found[part] ? `\`${found[part]}\`` : 'not there'}, the migration says \`${declared[part]}\``,
      { fix: 'correct the keys in the migration, or check that --env and --region are the right ones' },
    );
  }
}
