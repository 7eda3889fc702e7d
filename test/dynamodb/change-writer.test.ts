import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Capabilities, probeCapabilities } from '../../src/dynamodb/capabilities.js';
import { type ChangeWriter, createChangeWriter } from '../../src/dynamodb/change-writer.js';
import { type ItemChange, itemChange } from '../../src/dynamodb/item-change.js';
import type { AttributeValue, RawItem } from '../../src/item/attribute-value.js';
import { allItems, createTable, putItems } from '../support/tables.js';
import { type Engine, engines } from './engines.js';
import { type EngineProxy, startProxy } from './proxy.js';

const keyNames = { partitionKey: 'id' };

const change = (before: RawItem, after: RawItem, reads: string[] = []): ItemChange => {
  const found = itemChange(before, after, reads, keyNames);
  if (!found) throw new Error('nothing changes');
  return found;
};

// Retries wait for a random time.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Every type of attribute, and what else it could be: another value, another type, one member more or less. */
const values: [string, AttributeValue, AttributeValue[]][] = [
  ['string', { S: 'x' }, [{ S: 'y' }, { S: '' }, { N: '1' }]],
  ['empty string', { S: '' }, [{ S: ' ' }, { NULL: true }]],
  ['number', { N: '1.50' }, [{ N: '1.51' }, { S: '1.5' }]],
  ['38 digits', { N: '12345678901234567890123456789012345678' }, [{ N: '12345678901234567890123456789012345679' }]],
  ['1E+100', { N: '1E+100' }, [{ N: '1E+99' }]],
  ['-0', { N: '-0' }, [{ N: '1' }]],
  ['binary', { B: new Uint8Array([0, 255]) }, [{ B: new Uint8Array([0, 254]) }, { S: 'AP8=' }]],
  ['boolean', { BOOL: true }, [{ BOOL: false }, { S: 'true' }]],
  ['null', { NULL: true }, [{ BOOL: false }, { S: '' }]],
  ['string set', { SS: ['a', 'b'] }, [{ SS: ['a'] }, { SS: ['a', 'c'] }, { L: [{ S: 'a' }, { S: 'b' }] }]],
  ['number set', { NS: ['1', '9007199254740993'] }, [{ NS: ['1', '9007199254740992'] }]],
  ['binary set', { BS: [new Uint8Array([1]), new Uint8Array([2])] }, [{ BS: [new Uint8Array([1])] }]],
  ['empty map', { M: {} }, [{ M: { a: { S: '' } } }, { L: [] }]],
  ['empty list', { L: [] }, [{ L: [{ NULL: true }] }, { M: {} }]],
  [
    'list in map in list',
    { L: [{ M: { 'a.b': { L: [{ N: '0.1' }, { BOOL: false }] }, b: { SS: ['x'] } } }, { S: 'end' }] },
    [
      { L: [{ M: { 'a.b': { L: [{ N: '0.1' }, { BOOL: true }] }, b: { SS: ['x'] } } }, { S: 'end' }] },
      { L: [{ M: { 'a.b': { L: [{ N: '0.1' }] }, b: { SS: ['x'] } } }, { S: 'end' }] },
      { L: [{ M: { 'a.b': { L: [{ N: '0.1' }, { BOOL: false }] }, c: { SS: ['x'] } } }, { S: 'end' }] },
      { L: [{ S: 'end' }, { M: { 'a.b': { L: [{ N: '0.1' }, { BOOL: false }] }, b: { SS: ['x'] } } }] },
    ],
  ],
];

describe.each(engines)('$engine', ({ engine, start }) => {
  let server: Engine;
  let client: DynamoDBClient;
  let capabilities: Capabilities;
  let write: ChangeWriter;
  let units = 0;

  beforeAll(async () => {
    server = await start();
    client = server.client;
    await createTable(client, 'ITEMS');
    await createTable(client, 'PROBE');
    capabilities = await probeCapabilities(client, { tableName: 'PROBE', key: { id: { S: 'probe' } } });
  });
  beforeEach(async () => {
    units = 0;
    write = writerOn(client);
    for (const id of (await allItems(client, 'ITEMS')).keys()) {
      await client.send(new DeleteItemCommand({ TableName: 'ITEMS', Key: { id: { S: id } } }));
    }
  });
  afterAll(() => server.close());

  const writerOn = (through: DynamoDBClient) =>
    createChangeWriter({
      client: through,
      tableName: 'ITEMS',
      keyNames,
      capabilities,
      onConsumed: (consumed) => {
        units += consumed;
      },
    });
  const put = (Item: RawItem) => client.send(new PutItemCommand({ TableName: 'ITEMS', Item }));
  const get = async (id: string) => {
    const command = new GetItemCommand({ TableName: 'ITEMS', Key: { id: { S: id } }, ConsistentRead: true });
    return (await client.send(command)).Item as RawItem | undefined;
  };

  test.each(values)('%s: renamed as it was, not when it is another value', async (_type, value, others) => {
    const before: RawItem = { id: { S: 'same' }, old: value };
    await putItems(client, 'ITEMS', [before]);
    // As the engine has it: this is what a scan would have read.
    const stored = (await get('same')) ?? {};
    const renamed = (item: RawItem): RawItem => ({ id: item.id as AttributeValue, new: item.old as AttributeValue });
    const changes = [change(stored, renamed(stored))];
    const untouched: (RawItem | undefined)[] = [];
    for (const [index, other] of others.entries()) {
      const id: AttributeValue = { S: `other ${index}` };
      await put({ id, old: other });
      untouched.push(await get(`other ${index}`));
      changes.push(change({ ...stored, id }, renamed({ ...stored, id })));
    }
    expect(await write(changes)).toEqual(['written', ...others.map(() => 'lost')]);
    expect(await get('same')).toEqual({ id: { S: 'same' }, new: stored.old });
    for (const [index, item] of untouched.entries()) expect(await get(`other ${index}`)).toEqual(item);
  });

  test('names that would mean something in an expression', async () => {
    const names = ['status', 'a.b', 'a[0]', '#0', ':0', 'say "hi"', "it's", '?', 'é ü', '"'];
    const before: RawItem = { id: { S: '1' }, ...Object.fromEntries(names.map((name) => [name, { S: name }])) };
    const after: RawItem = { id: { S: '1' }, ...Object.fromEntries(names.map((name) => [`new ${name}`, { S: name }])) };
    await put(before);
    expect(await write([change(before, after)])).toEqual(['written']);
    expect(await get('1')).toEqual(after);
  });

  test('a deleted item is not brought back', async () => {
    const before: RawItem = { id: { S: 'gone' }, n: { N: '1' } };
    const added = change({ id: { S: 'gone too' } }, { id: { S: 'gone too' }, channel: { S: 'EMAIL' } });
    expect(await write([change(before, { ...before, n: { N: '2' } }), added])).toEqual(['lost', 'lost']);
    expect(await allItems(client, 'ITEMS')).toEqual(new Map());
  });

  test('a change of what was read, or the appearance of what was absent, loses; of anything else it does not', async () => {
    const before: RawItem = { id: { S: '1' }, first: { S: 'Ada' }, other: { N: '1' } };
    const planned = change(before, { ...before, name: { S: 'Ada' } }, ['first', 'last']);
    await put({ ...before, first: { S: 'Eda' } });
    expect(await write([planned])).toEqual(['lost']);
    await put({ ...before, last: { S: 'Lovelace' } });
    expect(await write([planned])).toEqual(['lost']);
    await put({ ...before, other: { N: '2' } });
    expect(await write([planned])).toEqual(['written']);
    expect(await get('1')).toEqual({ ...before, other: { N: '2' }, name: { S: 'Ada' } });
  });

  test.each([
    ['too large', { S: 'x'.repeat(300_000) }],
    ['not a number', { N: 'abc' }],
  ])('an item that the service refuses, %s, is an outcome of that item; the others are written', async (_why, bad) => {
    const items = Array.from({ length: 60 }, (_, index): RawItem => ({ id: { S: `${index}` } }));
    await putItems(client, 'ITEMS', items);
    await put({ id: { S: '30' }, large: { S: 'x'.repeat(300_000) } });
    const outcomes = await write(
      items.map((item, index) => change(item, { ...item, new: index === 30 ? bad : { S: 'x' } })),
    );
    for (const [index, outcome] of outcomes.entries()) {
      if (index !== 30) expect(outcome).toBe('written');
      else expect(outcome).toMatchObject({ code: 'ITEM_INVALID', key: 'id=30' });
    }
    expect([...(await allItems(client, 'ITEMS')).values()].filter((item) => item.new)).toHaveLength(59);
    // DynamoDB Local does not tell what a batch of statements consumed.
    if (engine === 'dynalite') expect(units).toBeGreaterThanOrEqual(59);
  });

  test('a statement that is too long goes as a single update', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `${index} ${'x'.repeat(60)}`);
    const before: RawItem = { id: { S: '1' }, ...Object.fromEntries(names.map((name) => [name, { S: 'old' }])) };
    await put(before);
    const after: RawItem = { id: { S: '1' }, ...Object.fromEntries(names.map((name) => [name, { S: 'new' }])) };
    expect(await write([change(before, after), change({ id: { S: '2' } }, { id: { S: '2' }, a: { S: '' } })])).toEqual([
      'written',
      'lost',
    ]);
    expect(await get('1')).toEqual(after);
  });

  describe('through a bad line', () => {
    let proxy: EngineProxy;
    let through: DynamoDBClient;

    beforeEach(async () => {
      proxy = await startProxy(server.endpoint);
      through = new (client.constructor as typeof DynamoDBClient)({
        endpoint: proxy.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 2,
      });
      write = writerOn(through);
    });
    afterEach(async () => {
      through.destroy();
      await proxy.close();
    });

    test('a write whose answer was lost comes back as lost, and is there once', async () => {
      const items = Array.from({ length: 30 }, (_, index): RawItem => ({ id: { S: `${index}` }, n: { N: '1' } }));
      await putItems(client, 'ITEMS', items);
      let requests = 0;
      proxy.intercept = async ({ forward }) => {
        requests += 1;
        if (requests > 1) return undefined;
        expect((await forward()).status).toBe(200);
        return 'cut';
      };
      const outcomes = await write(items.map((item) => change(item, { ...item, n: { N: '2' } })));
      expect(outcomes.filter((outcome) => outcome === 'lost')).toHaveLength(engine === 'dynalite' ? 1 : 25);
      expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(engine === 'dynalite' ? 29 : 5);
      for (const item of (await allItems(client, 'ITEMS')).values()) expect(item.n).toEqual({ N: '2' });
    });

    test('where PartiQL is denied, single updates do it, and PartiQL is not asked again', async () => {
      const operations: string[] = [];
      proxy.intercept = ({ operation }) => {
        operations.push(operation);
        if (operation !== 'BatchExecuteStatement') return undefined;
        return { status: 400, body: '{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}' };
      };
      const items = ['1', '2'].map((id): RawItem => ({ id: { S: id } }));
      await putItems(client, 'ITEMS', items);
      for (const item of items) {
        expect(await write([change(item, { ...item, a: { S: 'x' } })])).toEqual(['written']);
      }
      expect(operations).toEqual([
        ...(engine === 'dynalite' ? [] : ['BatchExecuteStatement']),
        'UpdateItem',
        'UpdateItem',
      ]);
    });

    test('an endpoint that goes away rejects, and nothing is written afterwards', async () => {
      const items = Array.from({ length: 40 }, (_, index): RawItem => ({ id: { S: `${index}` } }));
      await putItems(client, 'ITEMS', items);
      proxy.intercept = () => 'cut';
      await expect(write(items.map((item) => change(item, { ...item, a: { S: 'x' } })))).rejects.toThrow();
      proxy.intercept = () => {
        throw new Error('a request after the end');
      };
      for (const item of (await allItems(client, 'ITEMS')).values()) expect(item).not.toHaveProperty('a');
    });
  });
});

describe('answers of PartiQL', () => {
  type Answers = ((statement: string) => { Code: string; Message?: string } | undefined)[];

  /** A client that answers each batch by the next function, statement by statement. */
  const scripted = (answers: Answers) => {
    const batches: string[][] = [];
    const updates: unknown[] = [];
    const units: number[] = [];
    const send = async (command: { input: { Statements?: { Parameters: { S: string }[] }[] } }) => {
      if (command instanceof UpdateItemCommand) {
        updates.push(command.input.Key);
        return {};
      }
      const ids = (command.input.Statements ?? []).map(({ Parameters }) => Parameters[1]?.S ?? '');
      const answer = answers[batches.length] ?? (() => undefined);
      batches.push(ids);
      return { Responses: ids.map((id) => ({ Error: answer(id) })), ConsumedCapacity: [{ CapacityUnits: 1 }] };
    };
    const write = createChangeWriter({
      client: { send } as unknown as DynamoDBClient,
      tableName: 'ITEMS',
      keyNames,
      capabilities: { partiql: true, documentEquality: true },
      onConsumed: (consumed) => units.push(consumed),
    });
    return { write, batches, updates, units };
  };
  const changes = (...ids: string[]) => ids.map((id) => change({ id: { S: id } }, { id: { S: id }, a: { S: 'x' } }));

  test.each([
    'ThrottlingError',
    'ProvisionedThroughputExceeded',
    'RequestLimitExceeded',
    'InternalServerError',
    'TransactionConflict',
  ])('%s: that statement is sent again, and no other', async (Code) => {
    const { write, batches, units } = scripted([
      (id) => (id === 'b' || id === 'd' ? { Code } : id === 'c' ? { Code: 'ConditionalCheckFailed' } : undefined),
      (id) => (id === 'd' ? { Code } : undefined),
    ]);
    expect(await write(changes('a', 'b', 'c', 'd'))).toEqual(['written', 'written', 'lost', 'written']);
    expect(batches).toEqual([['a', 'b', 'c', 'd'], ['b', 'd'], ['d']]);
    expect(units).toEqual([1, 1, 1]);
  });

  test('throttled for ever, it gives up', async () => {
    const { write, batches } = scripted(Array.from({ length: 99 }, () => () => ({ Code: 'ThrottlingError' })));
    await expect(write(changes('a'))).rejects.toMatchObject({ code: 'MIGRATION_FAILED', message: /throttled/ });
    expect(batches).toHaveLength(10);
  });

  test('AccessDenied of a statement: what is open goes by UpdateItem', async () => {
    const { write, updates, batches } = scripted([() => ({ Code: 'AccessDenied', Message: 'no' })]);
    expect(await write(changes('a', 'b'))).toEqual(['written', 'written']);
    expect(updates).toEqual([{ id: { S: 'a' } }, { id: { S: 'b' } }]);
    expect(await write(changes('c'))).toEqual(['written']);
    expect(batches).toEqual([['a', 'b']]);
  });

  test('an answer that is not known stops the run, and names the item', async () => {
    const { write } = scripted([() => ({ Code: 'SomethingNew', Message: 'well' })]);
    await expect(write(changes('a'))).rejects.toMatchObject({ code: 'MIGRATION_FAILED', key: 'id=a' });
  });
});
