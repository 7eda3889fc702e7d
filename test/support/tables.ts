import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ScanCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { RawItem } from '../../src/item/attribute-value.js';

/** A table with the partition key `id` (S), on demand. */
export async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus === 'ACTIVE') return;
  }
}

export async function putItems(client: DynamoDBClient, table: string, items: readonly RawItem[]): Promise<void> {
  for (let start = 0; start < items.length; start += 25) {
    let requests: WriteRequest[] = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    while (requests.length > 0) {
      const output = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
      requests = output.UnprocessedItems?.[table] ?? [];
    }
  }
}

/** Every item, by its `id`. */
export async function allItems(client: DynamoDBClient, TableName: string): Promise<Map<string, RawItem>> {
  const items = new Map<string, RawItem>();
  let ExclusiveStartKey: RawItem | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey, ConsistentRead: true }));
    for (const item of (page.Items ?? []) as RawItem[]) items.set(item.id && 'S' in item.id ? item.id.S : '', item);
    ExclusiveStartKey = page.LastEvaluatedKey as RawItem | undefined;
  } while (ExclusiveStartKey);
  return items;
}
