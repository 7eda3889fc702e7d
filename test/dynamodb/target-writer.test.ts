import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createClient } from '../../src/dynamodb/client.js';
import {
  createTargetWriter,
  type TargetWrite,
  type TargetWriteOutcome,
  type TargetWriter,
} from '../../src/dynamodb/target-writer.js';
import type { WriteGuard } from '../../src/dynamodb/write-guard.js';
import { MigrateError } from '../../src/errors.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { allItems, createTable, putItems } from '../support/tables.js';
import { type Engine, engines } from './engines.js';
import { type EngineProxy, type ProxiedRequest, serviceError, startProxy } from './proxy.js';

const keyNames = { partitionKey: 'id' };

const put = (item: RawItem, owner?: RawItem): TargetWrite => ({ key: { id: item.id as RawItem[string] }, item, owner });
const remove = (id: string, owner?: RawItem): TargetWrite => ({ key: { id: { S: id } }, item: undefined, owner });
const numbered = (count: number, more: RawItem = {}): RawItem[] =>
  Array.from({ length: count }, (_, index) => ({ id: { S: `${index}` }, ...more }));

const written: TargetWriteOutcome = { result: 'written', late: false };
const writtenLate: TargetWriteOutcome = { result: 'written', late: true };
const notOwner: TargetWriteOutcome = { result: 'not owner', late: false };

describe.each(engines)('$engine', ({ start }) => {
  let server: Engine;
  let proxy: EngineProxy;
  let client: DynamoDBClient;
  let write: TargetWriter;
  let sent: string[];
  let underWay: number;
  let units: number;
  let pauses: number;
  let guard: WriteGuard;

  beforeAll(async () => {
    server = await start();
    await createTable(server.client, 'ITEMS');
    proxy = await startProxy(server.endpoint);
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });

  /** What happens to each request; all of them are counted. */
  const onRequest = (handle: (request: ProxiedRequest, number: number) => ReturnType<typeof proxy.intercept>) => {
    proxy.intercept = async (request) => {
      sent.push(request.operation);
      underWay += 1;
      try {
        return (await handle(request, sent.length)) ?? (await request.forward());
      } finally {
        underWay -= 1;
      }
    };
  };

  beforeEach(async () => {
    [sent, underWay, units, pauses] = [[], 0, 0, 0];
    guard = () => {};
    onRequest(() => undefined);
    client = createClient({
      endpoint: proxy.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
      guard: (about) => guard(about),
    });
    write = createTargetWriter({
      client,
      tableName: 'ITEMS',
      keyNames,
      onConsumed: (consumed) => {
        units += consumed;
      },
      sleep: async () => {
        pauses += 1;
      },
    });
    const direct = createTargetWriter({ client: server.client, tableName: 'ITEMS', keyNames });
    await direct([...(await stored()).keys()].map((id) => remove(id)));
  });
  afterEach(() => client.destroy());

  const stored = () => allItems(server.client, 'ITEMS');

  test('puts and deletes, 25 a request; outcomes in their order', async () => {
    await putItems(server.client, 'ITEMS', numbered(10));
    const writes = numbered(60).map((item, index) =>
      index < 20 ? remove(`${index}`) : put({ ...item, exact: { N: '12345678901234567890123456789012345678' } }),
    );
    expect(await write(writes)).toEqual(writes.map(() => written));
    expect(sent).toEqual(['BatchWriteItem', 'BatchWriteItem', 'BatchWriteItem']);
    expect(units).toBeGreaterThanOrEqual(60);
    const items = await stored();
    expect(items.size).toBe(40);
    expect(items.get('20')).toEqual({ id: { S: '20' }, exact: { N: '12345678901234567890123456789012345678' } });
  });

  test('nothing to write: nothing is sent', async () => {
    expect(await write([])).toEqual([]);
    expect(sent).toEqual([]);
  });

  test('items of 390 KB are cut into requests that are not too large', async () => {
    const items = numbered(25, { text: { S: 'x'.repeat(390 * 1024) } });
    expect(await write(items.map((item) => put(item)))).toEqual(items.map(() => written));
    expect(sent).toEqual(['BatchWriteItem', 'BatchWriteItem', 'BatchWriteItem']);
    expect((await stored()).size).toBe(25);
  });

  test('what a request leaves unprocessed is sent again', async () => {
    onRequest(async ({ input, forward }) => {
      const all = (input.RequestItems as Record<string, unknown[]>).ITEMS ?? [];
      const half = Math.ceil(all.length / 2);
      const answer = await forward({ ...input, RequestItems: { ITEMS: all.slice(0, half) } });
      const rest = all.slice(half);
      return {
        ...answer,
        body: JSON.stringify({
          ...JSON.parse(answer.body),
          UnprocessedItems: rest.length > 0 ? { ITEMS: rest } : {},
        }),
      };
    });
    await putItems(server.client, 'ITEMS', numbered(10));
    const writes = numbered(30).map((item, index) => (index < 10 ? remove(`${index}`) : put(item)));
    expect(await write(writes)).toEqual(writes.map(() => written));
    expect((await stored()).size).toBe(20);
    // Less than 25, 12, 6, 3, 1 and 5, 2, 1, each by itself: what is left shares a request.
    expect(sent.length).toBeLessThanOrEqual(8);
    expect(pauses).toBeGreaterThanOrEqual(4);
  });

  test('throttled, it goes on; throttled for ever, it gives up', async () => {
    onRequest((_, number) => (number < 9 ? serviceError('ProvisionedThroughputExceededException') : undefined));
    expect(await write([put({ id: { S: '1' } })])).toEqual([written]);
    sent = [];
    onRequest(({ input }) => ({ status: 200, body: JSON.stringify({ UnprocessedItems: input.RequestItems }) }));
    await expect(write([put({ id: { S: '2' } })])).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: '`ITEMS` throttled 10 attempts in a row',
    });
    expect(sent).toHaveLength(10);
    onRequest(() => serviceError('ThrottlingException'));
    await expect(write([put({ id: { S: '2' } }, { id: { S: '2' } })])).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
    });
    expect([...(await stored()).keys()]).toEqual(['1']);
  });

  test.each([
    ['lost', 'cut' as const],
    ['a 500', serviceError('InternalServerError', 'oops', 500)],
    ['a 503', { status: 503, body: '' }],
  ])('an answer that is %s after the write: late, and written', async (_what, answer) => {
    onRequest(async ({ forward }, number) => {
      if (number > 1) return undefined;
      expect((await forward()).status).toBe(200);
      return answer;
    });
    const items = numbered(50);
    const outcomes = await write(items.map((item) => put(item)));
    // The other request knows nothing of it.
    expect(outcomes.filter(({ late }) => late)).toHaveLength(25);
    expect(outcomes.every(({ result }) => result === 'written')).toBe(true);
    expect((await stored()).size).toBe(50);
    const owner = { owner: { S: 'a' } };
    sent = [];
    expect(await write([put({ id: { S: 'owned' }, ...owner }, owner)])).toEqual([writtenLate]);
    sent = [];
    expect(await write([remove('owned', owner)])).toEqual([writtenLate]);
    expect((await stored()).size).toBe(50);
  });

  test('no answer in time: late', async () => {
    const hasty = createClient({
      endpoint: proxy.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
      requestTimeoutMs: 200,
    });
    let land = () => {};
    const landing = new Promise<void>((resolve) => {
      land = resolve;
    });
    let landed: Promise<unknown> = Promise.resolve();
    onRequest(({ forward }, number) => {
      if (number > 1) return undefined;
      const answer = landing.then(() => forward());
      landed = answer;
      return answer;
    });
    const outcomes = await createTargetWriter({ client: hasty, tableName: 'ITEMS', keyNames, sleep: async () => {} })([
      put({ id: { S: '1' }, v: { N: '1' } }),
    ]);
    expect(outcomes).toEqual([writtenLate]);
    await write([put({ id: { S: '1' }, v: { N: '2' } })]);
    land();
    await landed;
    expect((await stored()).get('1')).toEqual({ id: { S: '1' }, v: { N: '1' } });
    hasty.destroy();
  });

  test('a line that stays dead rejects after eight attempts', async () => {
    onRequest(() => 'cut');
    await expect(write([put({ id: { S: '1' } })])).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(sent).toHaveLength(8);
  });

  test.each([
    ['that is too large', { large: { S: 'x'.repeat(410 * 1024) } }, 'ITEM_TOO_LARGE'],
    ['with a number that is none', { n: { N: 'abc' } }, 'ITEM_INVALID'],
    ['with an empty set', { set: { SS: [] } }, 'ITEM_INVALID'],
  ])('an item %s is an outcome of that item; the others are written', async (_what, bad, code) => {
    const outcomes = await write(
      numbered(30).map((item) => put(item.id && 'S' in item.id && item.id.S === '7' ? { ...item, ...bad } : item)),
    );
    for (const [index, outcome] of outcomes.entries()) {
      if (index !== 7) expect(outcome).toEqual(written);
      else expect(outcome).toMatchObject({ result: { code, key: 'id=7' }, late: false });
    }
    expect((await stored()).size).toBe(29);
    const owner = { owner: { S: 'a' } };
    expect(await write([put({ id: { S: 'owned' }, ...owner, ...bad }, owner)])).toMatchObject([
      { result: { code, key: 'id=owned' }, late: false },
    ]);
  });

  test('an item collection that is full refuses the item', async () => {
    // A role that may write batches is all that it takes.
    onRequest(({ operation, input }) =>
      operation !== 'BatchWriteItem'
        ? serviceError('AccessDeniedException')
        : JSON.stringify(input).includes('"full"')
          ? serviceError('ItemCollectionSizeLimitExceededException', 'Collection size exceeded.')
          : undefined,
    );
    expect(await write([put({ id: { S: 'full' } }), put({ id: { S: 'not' } })])).toMatchObject([
      { result: { code: 'ITEM_TOO_LARGE', key: 'id=full' } },
      { result: 'written' },
    ]);
  });

  describe('with an owner', () => {
    // Names that would mean something in an expression.
    const mark = (owner: string): RawItem => ({ status: { S: owner }, 'a.b': { N: '1' } });

    test('put where there is nothing or an item of the same owner; another one’s stays', async () => {
      const item = (owner: string, v: string): RawItem => ({ id: { S: '1' }, ...mark(owner), v: { N: v } });
      expect(await write([put(item('a', '1'), mark('a'))])).toEqual([written]);
      expect(await write([put(item('a', '2'), mark('a'))])).toEqual([written]);
      expect(await write([put(item('b', '3'), mark('b'))])).toEqual([notOwner]);
      expect(await write([remove('1', mark('b'))])).toEqual([notOwner]);
      // One attribute of the mark is not enough.
      expect(await write([remove('1', { ...mark('a'), 'a.b': { N: '2' } })])).toEqual([notOwner]);
      expect((await stored()).get('1')).toEqual(item('a', '2'));
      expect(await write([remove('1', mark('a')), remove('2', mark('a'))])).toEqual([written, written]);
      expect((await stored()).size).toBe(0);
    });

    test('of two that put at once one gets the key; owned and other writes go in one call', async () => {
      const [a, b] = await Promise.all(
        ['a', 'b'].map((owner) =>
          write([
            ...numbered(20).map((item) => put({ ...item, ...mark(owner) }, mark(owner))),
            put({ id: { S: owner } }),
          ]),
        ),
      );
      const items = await stored();
      for (let index = 0; index < 20; index++) {
        const owner = items.get(`${index}`)?.status;
        expect([a?.[index], b?.[index]]).toEqual(
          owner && 'S' in owner && owner.S === 'a' ? [written, notOwner] : [notOwner, written],
        );
      }
      expect([a?.[20], b?.[20]]).toEqual([written, written]);
      expect(items.size).toBe(22);
    });
  });

  test('it rejects when no request is under way any more, and sends nothing after', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let allArrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      allArrived = resolve;
    });
    onRequest(async (_, number) => {
      if (number === 16) allArrived();
      await (number === 1 ? arrival : held);
      return number === 1 ? serviceError('AccessDeniedException') : undefined;
    });
    // Whoever does not wait for the others has rejected by then.
    client.middlewareStack.add(
      (next) => (args) =>
        next(args).catch((error: unknown) => {
          setImmediate(release);
          throw error;
        }),
      { step: 'initialize' },
    );
    await expect(write(numbered(600).map((item) => put(item)))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    expect(underWay).toBe(0);
    const before = sent.length;
    expect(before).toBe(16);
    await write([]);
    expect(sent).toHaveLength(before);
  });

  test('what the write guard throws is not tried again', async () => {
    let asked = 0;
    guard = () => {
      asked += 1;
      throw new MigrateError('LEASE_LOST', 'the lock was taken over');
    };
    await expect(write([put({ id: { S: '1' } })])).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect([asked, sent, pauses]).toEqual([1, [], 0]);
  });
});

test('a port where nobody listens: nothing was sent, so nothing is late', async () => {
  const server = await engines[0].start();
  await createTable(server.client, 'ITEMS');
  let refusals = 0;
  const send = server.client.send.bind(server.client) as (command: never) => Promise<unknown>;
  const flaky = {
    send: async (command: never) => {
      refusals += 1;
      if (refusals > 7) return send(command);
      throw Object.assign(new Error('connect'), { code: refusals % 2 ? 'ECONNREFUSED' : 'ENOTFOUND' });
    },
  } as unknown as DynamoDBClient;
  const write = createTargetWriter({ client: flaky, tableName: 'ITEMS', keyNames, sleep: async () => {} });
  expect(await write([put({ id: { S: '1' } })])).toEqual([written]);
  await server.close();
});
