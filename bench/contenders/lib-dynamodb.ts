import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  paginateScan,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type Contender, connection, type Job, measured, pieces, sourceTable, targetTable } from './contender.js';

// What a script on the web looks like: the document client, one page after the other, one request at a time.

type Item = Record<string, unknown>;

async function withPages(job: Job, work: (documents: DynamoDBDocumentClient, items: Item[]) => Promise<void>) {
  const client = new DynamoDBClient(connection(job.endpoint));
  const documents = DynamoDBDocumentClient.from(client);
  const pages = paginateScan({ client: documents }, { TableName: sourceTable });
  for await (const { Items = [] } of pages) await work(documents, Items);
  client.destroy();
}

function transformed({ prefVal, ...rest }: Item): Item {
  return { ...rest, preferenceValue: prefVal, channel: 'EMAIL' };
}

export const contender: Contender = {
  tasks: {
    copy: measured((job) =>
      withPages(job, async (documents, items) => {
        for (const some of pieces(items.map(transformed), 25)) {
          const requests = some.map((Item) => ({ PutRequest: { Item } }));
          await documents.send(new BatchWriteCommand({ RequestItems: { [targetTable]: requests } }));
        }
      }),
    ),
    rewrite: measured((job) =>
      withPages(job, async (documents, items) => {
        for (const { id, prefVal } of items) {
          await documents.send(
            new UpdateCommand({
              TableName: sourceTable,
              Key: { id },
              UpdateExpression: 'SET preferenceValue=:value,channel=:channel REMOVE prefVal',
              ConditionExpression: 'prefVal=:value',
              ExpressionAttributeValues: { ':value': prefVal, ':channel': 'EMAIL' },
            }),
          );
        }
      }),
    ),
    verify: measured((job) =>
      withPages(job, async (documents, items) => {
        for (const { id } of items) {
          const { Item } = await documents.send(new GetCommand({ TableName: targetTable, Key: { id } }));
          if (!Item) throw new Error('an item is missing');
        }
      }),
    ),
    count: measured(async (job) => {
      let count = 0;
      await withPages(job, async (_documents, items) => {
        count += items.length;
      });
      if (count !== job.items) throw new Error(`${count} items`);
    }),
  },
};
