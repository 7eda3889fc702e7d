import { findTable } from '../dynamodb/describe-table.js';
import { readSample } from '../dynamodb/read-sample.js';
import { MigrateError } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import type { LoadedMigration } from '../migrator/migration.js';
import type { Migrator } from '../migrator/migrator.js';
import { isOffline, streamOf } from '../migrator/move/prepare-move.js';
import { assertCurrentCode } from '../migrator/run-migration.js';
import { type GeneratedSync, generateSync } from '../sync-lambda/generate.js';
import { requireMove } from './move-command.js';

export interface GeneratedSyncOptions {
  readonly bundleSdk?: boolean | undefined;
}

/**
 * Makes the files of a move's live sync, as they are for this environment now.
 *
 * @throws MigrateError `USAGE` where the migration is no move; `CHECKSUM_MISMATCH` where it runs with another version
 * of its file; `TABLE_NOT_FOUND` without the source.
 */
export async function generatedSync(
  { client, settings, toolVersion }: Migrator,
  file: LoadedMigration,
  row: LedgerRow | undefined,
  { bundleSdk }: GeneratedSyncOptions = {},
): Promise<GeneratedSync> {
  const { id, path, checksum } = file;
  const { definition } = requireMove(file);
  assertCurrentCode(file);
  if (row && row.checksum !== checksum) {
    throw new MigrateError(
      'CHECKSUM_MISMATCH',
      `migration \`${id}\` runs with another version of its file (recorded ${row.checksum}, now ${checksum})`,
      { migration: id, fix: 'restore the file: a function of another version would undo what this one writes' },
    );
  }
  if (row && isOffline(row)) {
    throw new MigrateError('USAGE', `\`${id}\` moves between tables without streams, so no function can follow them`, {
      migration: id,
      fix: 'nothing is to be deployed for it',
    });
  }
  const source = settings.tableName(definition.from.name);
  const table = await findTable(client, source);
  if (!table) {
    throw new MigrateError('TABLE_NOT_FOUND', `there is no table \`${source}\``, {
      migration: id,
      fix: 'check --env and --region; or run the migrations that come before: `migrate up`',
    });
  }
  const types = new Map(table.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType]));
  const keys = Object.fromEntries(
    (table.KeySchema ?? []).map(({ AttributeName = '' }) => [AttributeName, types.get(AttributeName) ?? 'S']),
  );
  return generateSync({
    migration: { id, path, checksum, definition },
    environment: settings.environment,
    region: table.TableArn?.split(':')[3] ?? settings.region ?? 'us-east-1',
    toolVersion,
    bundleSdk,
    backfill: settings.backfill === 'step-functions',
    budget: { ...settings.budget.limits, onDemand: settings.budget.onDemand },
    source,
    target: settings.tableName(definition.to.name),
    metaTable: settings.metaTable,
    sourceStreamArn: row && streamOf(row, 'up'),
    targetStreamArn: row && streamOf(row, 'down'),
    keys,
    sample: await readSample(client, source),
  });
}
