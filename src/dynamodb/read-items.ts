import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RawItem } from '../item/attribute-value.js';
import { backoff, retryTransient } from './retry.js';

// AWS: API reference of BatchGetItem: 100 keys at most.
const keysPerRequest = 100;

/** Reads items by key, consistently, in any order; keys without an item are left out. */
export async function readItems(options: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly keys: readonly RawItem[];
  readonly onRead?: (readUnits: number) => void;
}): Promise<RawItem[]> {
  const { client, tableName, onRead } = options;
  const items: RawItem[] = [];
  let keys = options.keys;
  for (let attempt = 1; keys.length > 0; attempt++) {
    const asked = keys.slice(0, keysPerRequest);
    const { Responses, UnprocessedKeys, ConsumedCapacity } = await retryTransient(() =>
      client.send(
        new BatchGetItemCommand({
          RequestItems: { [tableName]: { Keys: asked, ConsistentRead: true } },
          ReturnConsumedCapacity: 'TOTAL',
        }),
      ),
    );
    items.push(...((Responses?.[tableName] ?? []) as RawItem[]));
    for (const { CapacityUnits = 0 } of ConsumedCapacity ?? []) onRead?.(CapacityUnits);
    const unprocessed = (UnprocessedKeys?.[tableName]?.Keys ?? []) as RawItem[];
    keys = [...unprocessed, ...keys.slice(keysPerRequest)];
    if (unprocessed.length > 0) await backoff(attempt);
  }
  return items;
}
