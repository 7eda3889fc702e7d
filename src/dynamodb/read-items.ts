import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AnyItem, RawItem } from '../item/attribute-value.js';
import { askForTexts } from './raw-requests.js';
import { backoff, retryTransient } from './retry.js';
import { workOff } from './work-queue.js';

// AWS: API reference of BatchGetItem: 100 keys at most.
const keysPerRequest = 100;
const requestsInFlight = 16;

export interface ReadItemsOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly keys: readonly RawItem[];
  readonly onRead?: (readUnits: number) => void;
}

/** Reads items by key, consistently, in any order; keys without an item are left out. */
export function readItems(options: ReadItemsOptions): Promise<RawItem[]> {
  return read(options, (command) => command) as Promise<RawItem[]>;
}

/** The same, as texts where the client knows texts. */
export function readItemTexts(options: ReadItemsOptions): Promise<AnyItem[]> {
  return read(options, askForTexts);
}

async function read(
  options: ReadItemsOptions,
  marked: (command: BatchGetItemCommand) => BatchGetItemCommand,
): Promise<AnyItem[]> {
  const { client, tableName, onRead } = options;
  const items: AnyItem[] = [];
  let attempt = 0;
  await workOff(options.keys, {
    size: keysPerRequest,
    inFlight: requestsInFlight,
    async work(asked) {
      const { Responses, UnprocessedKeys, ConsumedCapacity } = await retryTransient(() =>
        client.send(
          marked(
            new BatchGetItemCommand({
              RequestItems: { [tableName]: { Keys: asked, ConsistentRead: true } },
              ReturnConsumedCapacity: 'TOTAL',
            }),
          ),
        ),
      );
      for (const item of (Responses?.[tableName] ?? []) as AnyItem[]) items.push(item);
      for (const { CapacityUnits = 0 } of ConsumedCapacity ?? []) onRead?.(CapacityUnits);
      const unprocessed = (UnprocessedKeys?.[tableName]?.Keys ?? []) as RawItem[];
      if (unprocessed.length > 0) await backoff(++attempt);
      return unprocessed;
    },
  });
  return items;
}
