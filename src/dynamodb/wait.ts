import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import { describeTable, findTable } from './describe-table.js';

/**
 * Polls until the table and all its indexes are ACTIVE. An index on a large table is built for hours, so there
 * is no time limit but `signal`.
 */
export async function waitUntilActive(
  client: DynamoDBClient,
  tableName: string,
  signal: AbortSignal,
): Promise<TableDescription> {
  for (const pause of pauses()) {
    const table = await describeTable(client, tableName);
    const indexes = table.GlobalSecondaryIndexes ?? [];
    if (table.TableStatus === 'ACTIVE' && indexes.every((index) => (index.IndexStatus ?? 'ACTIVE') === 'ACTIVE')) {
      return table;
    }
    await delay(pause, undefined, { signal });
  }
  throw new Error('unreachable');
}

/** Polls until the table is gone. */
export async function waitUntilDeleted(client: DynamoDBClient, tableName: string, signal: AbortSignal): Promise<void> {
  for (const pause of pauses()) {
    if (!(await findTable(client, tableName))) return;
    await delay(pause, undefined, { signal });
  }
}

function* pauses(): Generator<number, void, void> {
  for (let pause = 20; ; pause = Math.min(pause * 2, 5_000)) yield pause;
}
