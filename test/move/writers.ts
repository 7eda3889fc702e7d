import { setTimeout as delay } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { RawItem } from '../../src/item/attribute-value.js';
import { below, oneOf, type Random, randomFrom } from './items.js';

export interface WritersOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** The keys of all items that may ever exist. */
  readonly keys: readonly RawItem[];
  /** A new version of the item with this key. */
  readonly itemOf: (key: RawItem, random: Random) => RawItem;
  /** Whether updates also make items, which have nothing but their key and one attribute. Default: true. */
  readonly mayBePartial?: boolean;
  /** How many write at once. Default: 4. */
  readonly count?: number;
  /** Between two writes of one writer, in milliseconds. Default: none, at full speed. */
  readonly pauseMs?: number;
  /**
   * About how many writes are made before the pauses grow, with the third power of what was written. DynamoDB Local reads
   * a stream the slower the more is in it, and a move that waits for its live sync to be close would wait for ever on a
   * slow machine. Default: they never grow.
   */
  readonly tiresAfter?: number;
  readonly seed?: number;
}

/** Applications that change a table all the time. */
export interface Writers {
  /** Writes that were acknowledged. */
  readonly written: () => number;
  /** Resolves when each has finished what it was at. Throws what a writer failed with. */
  stop(): Promise<void>;
}

/** A few keys get half of all writes, so that they change while they are copied. */
const hotKeys = 40;

/**
 * Starts writers that insert, update, delete, re-insert, and change items to another value and back (A→B→A), all on the
 * same keys.
 */
export function startWriters(options: WritersOptions): Writers {
  const { client, tableName: TableName, keys, itemOf } = options;
  const { mayBePartial = true, count = 4, pauseMs = 0, tiresAfter = Number.POSITIVE_INFINITY, seed = 1 } = options;
  let stopped = false;
  let written = 0;

  async function put(Item: RawItem): Promise<void> {
    await client.send(new PutItemCommand({ TableName, Item }));
    await done();
  }

  async function remove(Key: RawItem): Promise<void> {
    await client.send(new DeleteItemCommand({ TableName, Key }));
    await done();
  }

  /** Changes one attribute of what is there, or makes an item that has nothing else. */
  async function update(Key: RawItem, random: Random): Promise<void> {
    const names = Object.keys(itemOf(Key, random)).filter((name) => !(name in Key));
    const name = names[below(random, names.length)];
    const value = name === undefined ? undefined : itemOf(Key, random)[name];
    if (name === undefined) return;
    const [keyName = ''] = Object.keys(Key);
    try {
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: value ? 'SET #n = :v' : 'REMOVE #n',
          ExpressionAttributeNames: { '#n': name, ...(!mayBePartial && { '#k': keyName }) },
          ...(value && { ExpressionAttributeValues: { ':v': value } }),
          ...(!mayBePartial && { ConditionExpression: 'attribute_exists(#k)' }),
        }),
      );
      await done();
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  async function done(): Promise<void> {
    written += 1;
    const pause = Math.max(pauseMs, Math.floor(10 * (written / tiresAfter) ** 3));
    if (pause > 0 && !stopped) await delay(pause);
  }

  async function write(random: Random): Promise<void> {
    while (!stopped) {
      const key = keys[below(random, random() < 0.5 ? Math.min(hotKeys, keys.length) : keys.length)] ?? {};
      const item = itemOf(key, random);
      await oneOf<() => Promise<void>>(random, [
        () => put(item),
        () => update(key, random),
        () => remove(key),
        async () => {
          await remove(key);
          await put(item);
        },
        async () => {
          await put(item);
          await put(itemOf(key, random));
          await put(item);
        },
        async () => {
          await put(item);
          await remove(key);
        },
      ])();
    }
  }

  const writers = Promise.all(Array.from({ length: count }, (_, index) => write(randomFrom(seed * 1_000 + index))));
  // Told by `stop`.
  writers.catch(() => undefined);
  return {
    written: () => written,
    async stop() {
      stopped = true;
      await writers;
    },
  };
}
