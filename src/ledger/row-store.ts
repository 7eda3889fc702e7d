import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { MigrateError } from '../errors.js';
import type { Clock } from './clock.js';
import { conditionOf, type Guard } from './guard.js';

/** The key of a row of the meta table. */
export interface RowKey {
  readonly pk: string;
  readonly sk: string;
}

/** A stored row: its key, and plain JSON-like attributes. */
export type Row = RowKey & Readonly<Record<string, unknown>>;

/** What an update changes; `undefined` in `set` removes the attribute. */
export interface RowChange {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
}

export interface QueryRange {
  /** What the sort key begins with. */
  readonly prefix?: string;
  readonly newestFirst?: boolean;
  /** At most this many rows. */
  readonly limit?: number;
}

export interface WriteOptions {
  readonly signal?: AbortSignal;
}

/**
 * The rows of the meta table: single-item writes with a guard, strongly consistent reads. A write that its guard
 * refuses answers `false` or `undefined`; it does not throw.
 */
export interface RowStore {
  get(key: RowKey): Promise<Row | undefined>;
  put(row: Row, guard: Guard, options?: WriteOptions): Promise<boolean>;
  /** Answers the row as it is after the update. */
  update(key: RowKey, change: RowChange, guard: Guard, options?: WriteOptions): Promise<Row | undefined>;
  delete(key: RowKey, guard: Guard): Promise<boolean>;
  /** Every row under `pk`, page after page, in the order of the sort key. */
  query(pk: string, range?: QueryRange): AsyncIterable<Row>;
}

export interface RowStoreOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
  /** Whether this process has seen the table ACTIVE. */
  readonly isKnownToExist: () => boolean;
}

/** A fresh table may answer ResourceNotFound for some seconds on the data side although it is ACTIVE. */
const NOT_FOUND_RETRIES = 20;
const NOT_FOUND_RETRY_MS = 500;

/** Opens the rows of a table that has the keys `pk` and `sk`. Reads of a table that is not there find nothing. */
export function openRowStore({ client, tableName, clock, isKnownToExist }: RowStoreOptions): RowStore {
  const TableName = tableName;

  async function patient<T>(call: () => Promise<T>): Promise<T | 'no table'> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (nameOf(error) !== 'ResourceNotFoundException') throw error;
        if (!isKnownToExist()) return 'no table';
        if (attempt >= NOT_FOUND_RETRIES) throw tableGone(tableName, error);
        await clock.sleep(NOT_FOUND_RETRY_MS);
      }
    }
  }

  async function guarded<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await patient(call);
      if (answer === 'no table') throw tableGone(tableName);
      return answer;
    } catch (error) {
      if (nameOf(error) === 'ConditionalCheckFailedException') return undefined;
      throw error;
    }
  }

  return {
    async get(key) {
      const answer = await patient(() =>
        client.send(new GetItemCommand({ TableName, Key: keyOf(key), ConsistentRead: true })),
      );
      return answer === 'no table' ? undefined : rowOf(answer.Item);
    },

    async put(row, guard, { signal } = {}) {
      const command = new PutItemCommand({ TableName, Item: itemOf(row), ...conditionInput(guard) });
      return (await guarded(() => client.send(command, sendOptions(signal)))) !== undefined;
    },

    async update(key, change, guard, { signal } = {}) {
      const command = new UpdateItemCommand({
        TableName,
        Key: keyOf(key),
        ReturnValues: 'ALL_NEW',
        ...updateInput(change, guard),
      });
      const answer = await guarded(() => client.send(command, sendOptions(signal)));
      return rowOf(answer?.Attributes);
    },

    async delete(key, guard) {
      const command = new DeleteItemCommand({ TableName, Key: keyOf(key), ...conditionInput(guard) });
      return (await guarded(() => client.send(command))) !== undefined;
    },

    async *query(pk, { prefix = '', newestFirst = false, limit = Number.POSITIVE_INFINITY } = {}) {
      let left = limit;
      let start: Record<string, AttributeValue> | undefined;
      while (left > 0) {
        const command = new QueryCommand({
          TableName,
          ConsistentRead: true,
          ScanIndexForward: !newestFirst,
          KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :sk)',
          ExpressionAttributeValues: itemOf(prefix === '' ? { ':pk': pk } : { ':pk': pk, ':sk': prefix }),
          ...(Number.isFinite(left) ? { Limit: left } : {}),
          ...(start ? { ExclusiveStartKey: start } : {}),
        });
        const page = await patient(() => client.send(command));
        if (page === 'no table') return;
        const { Items = [] } = page;
        for (const item of Items) yield unmarshall(item) as Row;
        left -= Items.length;
        start = page.LastEvaluatedKey;
        if (!start) return;
      }
    },
  };
}

function keyOf({ pk, sk }: RowKey): Record<string, AttributeValue> {
  return itemOf({ pk, sk });
}

/** None where there is nothing to say: a request with options goes the long way. */
function sendOptions(signal: AbortSignal | undefined): { abortSignal: AbortSignal } | undefined {
  return signal && { abortSignal: signal };
}

function itemOf(values: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  return marshall(values, { removeUndefinedValues: true });
}

function rowOf(item: Record<string, AttributeValue> | undefined): Row | undefined {
  return item && (unmarshall(item) as Row);
}

function conditionInput(guard: Guard) {
  const { expression, names, values } = conditionOf(guard);
  return {
    ConditionExpression: expression,
    ExpressionAttributeNames: names,
    // DynamoDB refuses an empty map.
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: itemOf(values) } : {}),
  };
}

function updateInput({ set = {}, add = {} }: RowChange, guard: Guard) {
  const condition = conditionOf(guard);
  const names = { ...condition.names };
  const values = { ...condition.values };
  const sets: string[] = [];
  const removes: string[] = [];
  const adds: string[] = [];
  const place = (name: string, value: unknown) => {
    const index = Object.keys(names).length;
    names[`#u${index}`] = name;
    if (value !== undefined) values[`:u${index}`] = value;
    return index;
  };
  for (const [name, value] of Object.entries(set)) {
    const index = place(name, value);
    if (value === undefined) removes.push(`#u${index}`);
    else sets.push(`#u${index} = :u${index}`);
  }
  for (const [name, value] of Object.entries(add)) {
    const index = place(name, value);
    adds.push(`#u${index} :u${index}`);
  }
  const clause = (word: string, terms: string[]) => (terms.length > 0 ? [`${word} ${terms.join(', ')}`] : []);
  return {
    UpdateExpression: [...clause('SET', sets), ...clause('REMOVE', removes), ...clause('ADD', adds)].join(' '),
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: itemOf(values) } : {}),
  };
}

function tableGone(tableName: string, cause?: unknown): MigrateError {
  return new MigrateError('TABLE_NOT_FOUND', `the meta table \`${tableName}\` does not exist`, {
    cause,
    fix: 'run `migrate up`, which creates it, or create it with the string keys `pk` and `sk`',
  });
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}
