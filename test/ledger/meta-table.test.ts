import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ledger/clock.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import type { Row } from '../../src/ledger/row-store.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { collect } from './collect.js';
import { memoryTable } from './memory-table.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite({ createTableMs: 50 });
});
afterAll(() => dynalite.close());

/** Sleeps a hundredth of what it is asked for. */
const hasty: Clock = {
  wall: () => 0,
  monotonic: () => performance.now() * 100,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 100)),
};

describe('the meta table itself', () => {
  it('is missing until it is ensured, and then has an ARN', async () => {
    const table = openMetaTable({ client: dynalite.client, tableName: 'one-by-one', clock: hasty });
    expect(await table.describe()).toBe('missing');
    expect(table.arn()).toBeUndefined();
    await table.ensure();
    expect(await table.describe()).toBe('active');
    expect(table.arn()).toMatch(/:table\/one-by-one$/);
    await table.ensure();
  });

  it('is created once by ten processes at the same time, and each can use it at once', async () => {
    const tables = Array.from({ length: 10 }, () =>
      openMetaTable({ client: dynalite.openClient(), tableName: 'race', clock: hasty }),
    );
    const written = await Promise.all(
      tables.map(async (table, index) => {
        await table.ensure();
        return table.put({ pk: 'p', sk: String(index) }, { kind: 'absent' });
      }),
    );
    expect(written).toEqual(Array(10).fill(true));
  });

  it('is waited for while another process creates it', async () => {
    const [first, second] = [1, 2].map(() =>
      openMetaTable({ client: dynalite.client, tableName: 'creating', clock: hasty }),
    );
    const ensured = first?.ensure();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await second?.describe()).toBe('active');
    await ensured;
  });

  it('is refused when it has other keys', async () => {
    await dynalite.client.send(
      new CreateTableCommand({
        TableName: 'foreign',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    const table = openMetaTable({ client: dynalite.client, tableName: 'foreign', clock: hasty });
    await expect(table.describe()).rejects.toMatchObject({
      code: 'META_TABLE_INVALID',
      message: 'the meta table `foreign` has the keys `id` (N), not `pk` (S), `sk` (S)',
    });
    await expect(table.ensure()).rejects.toMatchObject({ code: 'META_TABLE_INVALID' });
  });

  it('reads as empty while it is missing, and cannot be written', async () => {
    const table = openMetaTable({ client: dynalite.client, tableName: 'missing', clock: hasty });
    expect(await table.get({ pk: 'p', sk: 's' })).toBeUndefined();
    expect(await collect(table.query('p'))).toEqual([]);
    await expect(table.put({ pk: 'p', sk: 's' }, { kind: 'absent' })).rejects.toMatchObject({
      code: 'TABLE_NOT_FOUND',
    });
  });

  it('outlasts a fresh table that still answers ResourceNotFound to reads and writes', async () => {
    const client = fickleClient(dynalite, 6);
    const table = openMetaTable({ client, tableName: 'lagging', clock: hasty });
    await table.ensure();
    expect(await table.put({ pk: 'p', sk: 's' }, { kind: 'absent' })).toBe(true);
  });

  it('says so when a table that was there is gone, instead of reading it as empty', async () => {
    const client = fickleClient(dynalite, 1_000, 1);
    const table = openMetaTable({ client, tableName: 'gone', clock: hasty });
    await table.ensure();
    await expect(collect(table.query('ledger'))).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
  });

  it('pages through a query', async () => {
    const table = openMetaTable({ client: dynalite.client, tableName: 'pages', clock: hasty });
    await table.ensure();
    const padding = 'x'.repeat(300_000);
    for (let index = 0; index < 9; index++) await table.put({ pk: 'p', sk: `${index}`, padding }, { kind: 'absent' });
    const keys = async (range = {}) => (await collect(table.query('p', range))).map((row) => row.sk).join('');
    expect(await keys()).toBe('012345678');
    expect(await keys({ newestFirst: true, limit: 7 })).toBe('8765432');
    expect(await keys({ prefix: '4' })).toBe('4');
  });
});

/** A client that answers ResourceNotFound to `times` requests for items, after the first `after` of them. */
function fickleClient({ endpoint }: Dynalite, times: number, after = 0): DynamoDBClient {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  let seen = 0;
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (!/Table/.test(String(context.commandName))) {
        seen += 1;
        if (seen > after && seen <= after + times) {
          return Promise.reject(Object.assign(new Error('not yet'), { name: 'ResourceNotFoundException' }));
        }
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  return client;
}

describe('the memory table of these tests', () => {
  const key = { pk: 'p', sk: 's' };
  const fence = (token: number, write: number, mustExist = false) =>
    ({ kind: 'fence', token, write, mustExist }) as const;
  const holder = (name: string | undefined) => ({ kind: 'equals', attributes: { holder: name } }) as const;

  it('does the same as dynalite', async () => {
    const real = openMetaTable({ client: dynalite.client, tableName: 'same', clock: hasty });
    await real.ensure();
    const script = async (table: typeof real): Promise<(Row | boolean | undefined)[]> => [
      await table.get(key),
      await table.update(key, { set: { a: 1 } }, fence(1, 1, true)),
      await table.update(key, { set: { a: 1 } }, { kind: 'equals', attributes: { a: 1 } }),
      await table.update(key, { set: { a: 1, b: undefined, token: 1, write: 1 }, add: { n: 2 } }, fence(1, 1)),
      await table.update(key, { set: { a: undefined, token: 1, write: 1 }, add: { n: 1 } }, fence(1, 1)),
      await table.update(key, { set: { a: undefined, token: 1, write: 2 }, add: { n: 1 } }, fence(1, 2)),
      await table.put({ ...key, token: 2, write: 1, m: { deep: [1, 'x', true] } }, fence(2, 1, true)),
      await table.put({ ...key, token: 1, write: 9 }, fence(1, 9)),
      await table.delete(key, fence(1, 9)),
      await table.get(key),
      await table.put(key, { kind: 'absent' }),
      await table.put({ ...key, holder: 'h' }, holder(undefined)),
      await table.put({ ...key, holder: 'i' }, holder(undefined)),
      await table.update(key, { set: { holder: undefined } }, holder('i')),
      await table.update(key, { set: { holder: undefined } }, holder('h')),
      await table.delete(key, fence(3, 1)),
      await table.delete(key, fence(3, 1)),
      await table.get(key),
    ];
    const answers = await script(real);
    expect(await script(memoryTable())).toEqual(answers);
    expect(answers.filter((answer) => answer === undefined || answer === false)).toHaveLength(10);
  });
});
