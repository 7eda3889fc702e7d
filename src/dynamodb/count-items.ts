import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { RawItem } from '../item/attribute-value.js';
import { retryTransient } from './retry.js';

export interface CountResult {
  readonly items: number;
  readonly readUnits: number;
}

/** Counts a table's items exactly, by a parallel scan that carries no items over the wire. */
export async function countItems(options: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly totalSegments: number;
  readonly consistent: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (counted: number) => void;
}): Promise<CountResult> {
  const { client, tableName, totalSegments, consistent, signal, onProgress } = options;
  let items = 0;
  let readUnits = 0;
  const countSegment = async (segment: number) => {
    let startKey: RawItem | undefined;
    do {
      signal.throwIfAborted();
      const ExclusiveStartKey = startKey;
      const output = await retryTransient(() =>
        client.send(
          new ScanCommand({
            TableName: tableName,
            Select: 'COUNT',
            Segment: segment,
            TotalSegments: totalSegments,
            ConsistentRead: consistent,
            ReturnConsumedCapacity: 'TOTAL',
            ExclusiveStartKey,
          }),
        ),
      );
      items += output.Count ?? 0;
      readUnits += output.ConsumedCapacity?.CapacityUnits ?? 0;
      onProgress?.(items);
      startKey = output.LastEvaluatedKey as RawItem | undefined;
    } while (startKey !== undefined);
  };
  await Promise.all(Array.from({ length: totalSegments }, (_, segment) => countSegment(segment)));
  return { items, readUnits };
}
