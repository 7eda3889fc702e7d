import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  ListTablesCommand,
  type TableDescription,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { describeTable, findTable, keyNamesOf } from '../dynamodb/describe-table.js';
import { scanSegment } from '../dynamodb/scan.js';
import { createTableInput, type TableSpec } from '../dynamodb/table-spec.js';
import type { KeyNames, RawItem } from '../item/attribute-value.js';
import { keyId, keyOf } from '../item/key.js';

/** A table with everything in it. */
export interface TableContents {
  /** Its real name. */
  readonly name: string;
  readonly keys: KeyNames;
  /** Keys, indexes and stream, as text: what a migration may have changed beside the items. */
  readonly shape: string;
  readonly items: ReadonlyMap<string, RawItem>;
}

/** Every table of an engine, by its real name. */
export async function readTables(client: DynamoDBClient): Promise<Map<string, TableContents>> {
  const tables = new Map<string, TableContents>();
  for (const name of await tableNames(client)) tables.set(name, await readTable(client, name));
  return tables;
}

export async function readTable(client: DynamoDBClient, name: string): Promise<TableContents> {
  const table = await describeTable(client, name);
  const keys = keyNamesOf(table);
  const items = new Map<string, RawItem>();
  const scan = { client, tableName: name, segment: 0, totalSegments: 1, limit: 500, consistent: true };
  for await (const page of scanSegment(scan)) for (const item of page.items) items.set(keyId(item, keys), item);
  return { name, keys, shape: shapeOf(table), items };
}

export async function tableNames(client: DynamoDBClient): Promise<string[]> {
  const names: string[] = [];
  let from: string | undefined;
  do {
    const page = await client.send(new ListTablesCommand({ ExclusiveStartTableName: from }));
    names.push(...(page.TableNames ?? []));
    from = page.LastEvaluatedTableName;
  } while (from !== undefined);
  return names;
}

/** Makes a table, and answers once it can be used. */
export async function makeTable(client: DynamoDBClient, spec: TableSpec, name: string): Promise<void> {
  await client.send(new CreateTableCommand(createTableInput(spec, name)));
  while ((await findTable(client, name))?.TableStatus !== 'ACTIVE');
}

export async function dropTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(new DeleteTableCommand({ TableName: name }));
  while (await findTable(client, name));
}

/** Makes `items` the only ones of a table. */
export async function replaceItems(client: DynamoDBClient, name: string, items: readonly RawItem[]): Promise<void> {
  const { keys, items: old } = await readTable(client, name);
  const wanted = new Set(items.map((item) => keyId(item, keys)));
  const gone = [...old].filter(([id]) => !wanted.has(id)).map(([, item]) => keyOf(item, keys));
  const requests: WriteRequest[] = [
    ...gone.map((Key) => ({ DeleteRequest: { Key } })),
    ...items.map((Item) => ({ PutRequest: { Item } })),
  ];
  for (let at = 0; at < requests.length; at += 25) {
    let left: WriteRequest[] = requests.slice(at, at + 25);
    while (left.length > 0) {
      const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: left } }));
      left = UnprocessedItems?.[name] ?? [];
    }
  }
}

function shapeOf({ KeySchema, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [], ...table }: TableDescription) {
  const indexes = [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes]
    .map(({ IndexName, KeySchema: keys, Projection }) => JSON.stringify([IndexName, keys, Projection]))
    .sort();
  return JSON.stringify([KeySchema, indexes, table.StreamSpecification?.StreamEnabled ?? false]);
}
