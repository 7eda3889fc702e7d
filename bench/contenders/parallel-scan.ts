import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { parallelScan, parallelScanAsStream } from '@shelf/dynamodb-parallel-scan';
import { type Contender, connection, type Job, measured, pieces, sourceTable, targetTable } from './contender.js';

type Item = Record<string, unknown>;

async function withClient(job: Job, work: (client: DynamoDBDocument) => Promise<void>): Promise<void> {
  const client = new DynamoDBClient(connection(job.endpoint));
  await work(DynamoDBDocument.from(client));
  client.destroy();
}

export const contender: Contender = {
  tasks: {
    copy: measured((job) =>
      withClient(job, async (client) => {
        const stream = await parallelScanAsStream(
          { TableName: sourceTable },
          { concurrency: job.segments, chunkSize: 1000, client },
        );
        for await (const items of stream) {
          const moved = (items as Item[]).map(({ prefVal, ...rest }) => ({
            ...rest,
            preferenceValue: prefVal,
            channel: 'EMAIL',
          }));
          await Promise.all(
            pieces(moved, 25).map((some) =>
              client.send(
                new BatchWriteCommand({
                  RequestItems: { [targetTable]: some.map((Item) => ({ PutRequest: { Item } })) },
                }),
              ),
            ),
          );
        }
      }),
    ),
    count: measured((job) =>
      withClient(job, async (client) => {
        const items = await parallelScan({ TableName: sourceTable }, { concurrency: job.segments, client });
        if (items?.length !== job.items) throw new Error(`${items?.length} items`);
      }),
    ),
  },
};
