import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  paginateScan,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import {
  type Contender,
  connection,
  inSegments,
  type Job,
  measured,
  pieces,
  sourceTable,
  targetTable,
} from './contender.js';

// The loop of somebody who knows DynamoDB: the SDK's raw client, full requests, several at once.

type Item = Record<string, AttributeValue>;

async function withPages(job: Job, table: string, work: (client: DynamoDBClient, items: Item[]) => Promise<void>) {
  const client = new DynamoDBClient(connection(job.endpoint));
  await inSegments(job, async (Segment) => {
    const input = { TableName: table, Segment, TotalSegments: job.segments, Limit: 1000, ConsistentRead: true };
    for await (const { Items = [] } of paginateScan({ client }, input)) await work(client, Items);
  });
  client.destroy();
}

function transformed({ prefVal, ...rest }: Item): Item {
  return { ...rest, ...(prefVal && { preferenceValue: prefVal }), channel: { S: 'EMAIL' } };
}

async function put(client: DynamoDBClient, items: readonly Item[]): Promise<void> {
  let open: WriteRequest[] = items.map((Item) => ({ PutRequest: { Item } }));
  while (open.length > 0) {
    const output = await client.send(new BatchWriteItemCommand({ RequestItems: { [targetTable]: open } }));
    open = output.UnprocessedItems?.[targetTable] ?? [];
  }
}

async function readAll(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<Item[]> {
  const outputs = await Promise.all(
    pieces(items, 100).map((some) => {
      const Keys = some.map(({ id }) => ({ id: id as AttributeValue }));
      return client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }));
    }),
  );
  return outputs.flatMap(({ Responses }) => Responses?.[table] ?? []);
}

export const contender: Contender = {
  tasks: {
    copy: measured((job) =>
      withPages(job, sourceTable, async (client, items) => {
        await Promise.all(pieces(items.map(transformed), 25).map((some) => put(client, some)));
        if ((await readAll(client, sourceTable, items)).length !== items.length) throw new Error('an item is gone');
      }),
    ),
    // One conditional UpdateItem per item, several at once.
    rewrite: measured((job) =>
      withPages(job, sourceTable, async (client, items) => {
        for (const some of pieces(items, 8)) await Promise.all(some.map((item) => update(client, item)));
      }),
    ),
    verify: measured(async (job) => {
      for (const [table, other] of [
        [sourceTable, targetTable],
        [targetTable, sourceTable],
      ] as const) {
        await withPages(job, table, async (client, items) => {
          if ((await readAll(client, other, items)).length !== items.length) throw new Error('an item differs');
        });
      }
    }),
    count: measured(async (job) => {
      const client = new DynamoDBClient(connection(job.endpoint));
      await inSegments(job, async (Segment) => {
        const input = { TableName: sourceTable, Segment, TotalSegments: job.segments, Select: 'COUNT' as const };
        for await (const _page of paginateScan({ client }, input));
      });
      client.destroy();
    }),
  },
};

async function update(client: DynamoDBClient, { id, prefVal }: Item): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: sourceTable,
      Key: { id: id as AttributeValue },
      UpdateExpression: 'SET preferenceValue=:value,channel=:channel REMOVE prefVal',
      ConditionExpression: 'prefVal=:value AND attribute_not_exists(preferenceValue)',
      ExpressionAttributeValues: { ':value': prefVal as AttributeValue, ':channel': { S: 'EMAIL' } },
    }),
  );
}
