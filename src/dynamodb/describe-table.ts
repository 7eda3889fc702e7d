import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import type { KeyNames } from '../item/attribute-value.js';
import { isAwsError } from './aws-errors.js';

/** The table's description, or `undefined` when there is no such table. */
export async function findTable(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (isAwsError(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

/** @throws MigrateError `TABLE_NOT_FOUND`. */
export async function describeTable(client: DynamoDBClient, name: string): Promise<TableDescription> {
  const table = await findTable(client, name);
  if (table) return table;
  throw new MigrateError('TABLE_NOT_FOUND', `there is no table \`${name}\``, {
    fix: 'check the name, --env and --region; or create the table in an earlier migration',
  });
}

/** The names of a table's key attributes. */
export function keyNamesOf(table: TableDescription): KeyNames {
  const named = (type: 'HASH' | 'RANGE') => table.KeySchema?.find((key) => key.KeyType === type)?.AttributeName;
  return { partitionKey: named('HASH') ?? '', sortKey: named('RANGE') };
}

/** What tells a table from another one that had, or will have, its name. DynamoDB Local gives tables no id. */
export function tableIdOf({ TableId, CreationDateTime }: TableDescription): string | undefined {
  return TableId ?? CreationDateTime?.toISOString();
}
