import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { KeyNames, RawItem } from '../item/attribute-value.js';
import { keyId, keyOf } from '../item/key.js';
import { fromRawItem, type TestItem, toRawItem } from './items.js';

/** What an application does to a table; each call is acknowledged before the migration goes on. */
export interface WriterTable {
  get(key: TestItem): Promise<Record<string, unknown> | undefined>;
  put(item: TestItem): Promise<void>;
  /** Sets attributes of the item with this key, which is made if it is not there, and removes others. */
  update(key: TestItem, set: TestItem, remove?: readonly string[]): Promise<void>;
  delete(key: TestItem): Promise<void>;
}

/** An application that writes while the migration runs. Called before requests of the migration; `turn` counts from 0. */
export type Writer = (table: WriterTable, turn: number) => void | Promise<void>;

export interface RecordedTable {
  readonly table: WriterTable;
  /** What the items would be if nobody but the writers had written. */
  readonly model: ReadonlyMap<string, RawItem>;
}

/** A table for writers, which keeps beside it what they made of `items`. */
export function recordWrites(options: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly keys: KeyNames;
  readonly items: ReadonlyMap<string, RawItem>;
}): RecordedTable {
  const { client, tableName: TableName, keys } = options;
  const model = new Map(options.items);
  const raw = (item: TestItem) => toRawItem(item);
  const table: WriterTable = {
    async get(key) {
      const Key = keyOf(raw(key), keys);
      const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
      return Item && fromRawItem(Item as RawItem);
    },
    async put(item) {
      const Item = raw(item);
      await client.send(new PutItemCommand({ TableName, Item }));
      model.set(keyId(Item, keys), Item);
    },
    async update(key, set, remove = []) {
      const Key = keyOf(raw(key), keys);
      const values = Object.entries(raw(set));
      const names = [...values.map(([name]) => name), ...remove];
      const sets = values.map((_, index) => `#${index} = :${index}`).join(', ');
      const removes = remove.map((_, index) => `#${values.length + index}`).join(', ');
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: `${sets && `SET ${sets} `}${removes && `REMOVE ${removes}`}`,
          ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#${index}`, name])),
          ...(values.length > 0 && {
            ExpressionAttributeValues: Object.fromEntries(values.map(([, value], index) => [`:${index}`, value])),
          }),
        }),
      );
      const old = { ...(model.get(keyId(Key, keys)) ?? Key), ...Object.fromEntries(values) };
      model.set(keyId(Key, keys), Object.fromEntries(Object.entries(old).filter(([name]) => !remove.includes(name))));
    },
    async delete(key) {
      const Key = keyOf(raw(key), keys);
      await client.send(new DeleteItemCommand({ TableName, Key }));
      model.delete(keyId(Key, keys));
    },
  };
  return { table, model };
}
