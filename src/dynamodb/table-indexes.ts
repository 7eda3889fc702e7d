import { type TableDescription, UpdateTableCommand, type UpdateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import { isAwsError } from './aws-errors.js';
import { describeTable } from './describe-table.js';
import { logLeftOut } from './table-settings.js';
import { attributeDefinitions, globalIndex, type IndexSpec } from './table-spec.js';
import type { TablesContext } from './tables.js';
import { waitUntilActive } from './wait.js';

export async function addIndex(context: TablesContext, tableName: string, index: IndexSpec): Promise<void> {
  const { client, made, signal, log } = context;
  const resource = `${tableName}/${index.name}`;
  const table = await waitUntilActive(client, tableName, signal);
  if (hasIndex(table, index.name)) {
    if (made.has(resource)) return;
    throw new MigrateError('TABLE_EXISTS', `\`${tableName}\` has an index \`${index.name}\` already`, {
      fix: 'choose another name if another migration made it; if it was made by hand, mark this migration as done: `migrate baseline <id> --reason "…"`',
    });
  }
  await made.add(resource);
  log(`adding index ${index.name} to ${tableName}`);
  const create = globalIndex(index);
  const input = (Create: typeof create): UpdateTableCommandInput => ({
    TableName: tableName,
    // The service wants the keys that are in use defined again beside the new ones.
    AttributeDefinitions: mergeDefinitions(table, index),
    GlobalSecondaryIndexUpdates: [{ Create }],
  });
  const { TableDescription: begun } = await client
    .send(new UpdateTableCommand(input(create)))
    .catch(async (error: unknown) => {
      // dynalite demands a throughput also where the table is on demand.
      if (!isAwsError(error, 'ValidationException') || !/provisionedThroughput/.test(error.message)) throw error;
      const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
      return client.send(new UpdateTableCommand(input({ ...create, ProvisionedThroughput })));
    });
  // dynalite takes the request, and does nothing.
  if (begun && !hasIndex(begun, index.name)) logLeftOut('indexes added later', tableName, log);
  await waitUntilActive(client, tableName, signal);
}

export async function dropIndex(context: TablesContext, tableName: string, indexName: string): Promise<void> {
  const { client, made, mayBeGone, onlyOwn, signal, log } = context;
  const resource = `${tableName}/${indexName}`;
  const table = await describeTable(client, tableName);
  if (!hasIndex(table, indexName) && mayBeGone()) return;
  if (onlyOwn && !made.has(resource)) {
    return log(`index ${indexName} of ${tableName} was not made by this migration, and stays`);
  }
  log(`dropping index ${indexName} of ${tableName}`);
  try {
    const { TableDescription: begun } = await client.send(
      new UpdateTableCommand({
        TableName: tableName,
        GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: indexName } }],
      }),
    );
    // dynalite takes the request, and does nothing; `addIndex` left it out there too.
    if (begun && !isBeingDropped(begun, indexName)) logLeftOut('indexes dropped later', tableName, log);
  } catch (error) {
    if (hasIndex(table, indexName) || !isAwsError(error, 'ResourceNotFoundException', 'ValidationException'))
      throw error;
    throw new MigrateError('TABLE_NOT_FOUND', `\`${tableName}\` has no index \`${indexName}\``, { cause: error });
  }
  await waitUntilActive(client, tableName, signal);
  await made.remove(resource);
}

function isBeingDropped(table: TableDescription, name: string): boolean {
  return (table.GlobalSecondaryIndexes ?? []).some(
    (index) => index.IndexName === name && index.IndexStatus === 'DELETING',
  );
}

function hasIndex(table: TableDescription, name: string): boolean {
  return (table.GlobalSecondaryIndexes ?? []).some((index) => index.IndexName === name);
}

function mergeDefinitions(table: TableDescription, index: IndexSpec) {
  const added = attributeDefinitions(index);
  const kept = (table.AttributeDefinitions ?? []).filter((one) =>
    added.every((other) => other.AttributeName !== one.AttributeName),
  );
  return [...kept, ...added];
}
