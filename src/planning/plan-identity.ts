import { createHash } from 'node:crypto';
import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import { isAwsError } from '../dynamodb/aws-errors.js';
import { findTable } from '../dynamodb/describe-table.js';
import type { LedgerRow } from '../ledger/rows.js';
import { isDone } from '../migrator/check-state.js';
import { type LoadedMigration, tablesOf } from '../migrator/migration.js';
import type { Migrator } from '../migrator/migrator.js';

/** What a plan was made from. A run that finds anything else is not the one that was planned. */
export interface PlanIdentity {
  readonly tool: string;
  readonly environment: string;
  readonly metaTable: string;
  /** Id and checksum of what would run, in this order. */
  readonly migrations: readonly string[];
  /** Every row of the record: id, state, direction, phase and checksum. */
  readonly record: readonly string[];
  /** Real name of a table, and a digest of its definition. */
  readonly tables: readonly string[];
}

export async function planIdentity(
  { client, settings, toolVersion }: Pick<Migrator, 'client' | 'settings' | 'toolVersion'>,
  planned: readonly LoadedMigration[],
  rows: readonly LedgerRow[],
): Promise<PlanIdentity> {
  const names = [...new Set(planned.flatMap(({ definition }) => tablesOf(definition).map(settings.tableName)))].sort();
  const tables: string[] = [];
  for (const name of names) tables.push(`${name} ${await digest(client, name)}`);
  return {
    tool: toolVersion,
    environment: settings.environment,
    metaTable: settings.metaTable,
    migrations: planned.map(({ id, checksum }) => `${id} ${checksum}`),
    record: rows.map((row) => [row.id, stateOf(row), row.direction, row.phase ?? '-', row.checksum].join(' ')),
    tables,
  };
}

/** Where two identities differ, for people; empty if they do not. Pure. */
export function identityChanges(planned: PlanIdentity, now: PlanIdentity): string[] {
  const one = (what: string, before: string, after: string) =>
    before === after ? [] : [`${what} was \`${before}\`, and is \`${after}\``];
  const list = (what: string, before: readonly string[], after: readonly string[]) => {
    const names = [...new Set([...before, ...after].filter((line) => before.includes(line) !== after.includes(line)))];
    const changed = [...new Set(names.map((line) => line.split(' ')[0] ?? ''))];
    if (changed.length > 0) return [`${what} changed: ${changed.map((name) => `\`${name}\``).join(', ')}`];
    return before.join('\n') === after.join('\n') ? [] : [`${what} are in another order`];
  };
  return [
    ...one('the version of dynamigrate', planned.tool, now.tool),
    ...one('the environment', planned.environment, now.environment),
    ...one('the meta table', planned.metaTable, now.metaTable),
    ...list('migrations', planned.migrations, now.migrations),
    ...list('the record', planned.record, now.record),
    ...list('tables', planned.tables, now.tables),
  ];
}

/** Whoever takes the lock calls a run that died interrupted; it is the same one. */
function stateOf(row: LedgerRow): string {
  return isDone(row) || row.state === 'failed' ? row.state : 'begun';
}

/** A role that may not look at a table has a plan all the same: it says which action is missing. */
async function digest(client: DynamoDBClient, name: string): Promise<string> {
  try {
    return digestOf(await findTable(client, name));
  } catch (error) {
    if (isAwsError(error, 'AccessDeniedException')) return 'unknown';
    throw error;
  }
}

/** What a person decides of a table. Units are not in it: auto scaling turns them all day. */
function digestOf(table: TableDescription | undefined): string {
  if (!table) return 'missing';
  const { TableId, TableArn, KeySchema, AttributeDefinitions, BillingModeSummary, StreamSpecification } = table;
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])]
    .map((index) => [index.IndexName, index.KeySchema, index.Projection])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  const attributes = [...(AttributeDefinitions ?? [])].sort((a, b) =>
    `${a.AttributeName}` < `${b.AttributeName}` ? -1 : 1,
  );
  const parts = [
    TableId,
    TableArn,
    KeySchema,
    attributes,
    indexes,
    BillingModeSummary?.BillingMode,
    StreamSpecification,
    (table.Replicas ?? []).map(({ RegionName }) => RegionName),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
