import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { InPlaceMigration, MoveMigration } from '../definition/define-migration.js';
import { resolveLimit } from '../dynamodb/budget/table-capacity.js';
import { findTable } from '../dynamodb/describe-table.js';
import { provisioned } from '../dynamodb/table-spec.js';
import type { TargetWishes } from '../dynamodb/target-wishes.js';
import { tablesOf } from './migration.js';
import type { Migrator } from './migrator.js';

/**
 * Looks whether the budgets can be had, before anything is written. A table that is still to be made is taken to be as
 * it is wished for, or as the source.
 *
 * @throws MigrateError `CONFIG_INVALID` for a share of a table that is on demand and has no figure.
 */
export async function checkBudgets(
  { client, budgets, settings }: Pick<Migrator, 'client' | 'budgets' | 'settings'>,
  definition: InPlaceMigration | MoveMigration,
): Promise<void> {
  const { onDemand } = settings.budget;
  const limits = budgets.configured;
  if (typeof limits.read !== 'string' && typeof limits.write !== 'string') return;
  let source: TableDescription | undefined;
  for (const name of tablesOf(definition)) {
    const tableName = settings.tableName(name);
    const table = await findTable(client, tableName);
    source ??= table;
    if (table) await budgets.resolve(tableName);
    else if (definition.kind === 'move' && source) {
      const planned = plannedTable(tableName, source, definition.target);
      if (limits.read !== undefined) resolveLimit(limits.read, 'read', planned, onDemand);
      if (limits.write !== undefined) resolveLimit(limits.write, 'write', planned, onDemand);
    }
  }
}

function plannedTable(TableName: string, source: TableDescription, { throughput }: TargetWishes): TableDescription {
  if (throughput === undefined) return { ...source, TableName };
  return throughput === 'on-demand'
    ? { TableName, OnDemandThroughput: source.OnDemandThroughput }
    : { TableName, ProvisionedThroughput: provisioned(throughput) };
}
