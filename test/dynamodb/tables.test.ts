import { CreateTableCommand, ListTagsOfResourceCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTableInput } from '../../src/dynamodb/table-spec.js';
import { createTables, type MadeResources, type Tables } from '../../src/dynamodb/tables.js';
import type { MigrateError } from '../../src/errors.js';
import { type Engine, engines } from './engines.js';

const id = { name: 'id', type: 'S' } as const;
const type = { name: 'type', type: 'S' } as const;
const at = { name: 'at', type: 'N' } as const;
const byType = { name: 'by-type', partitionKey: type, sortKey: at } as const;

const code = (expected: string) => expect.objectContaining({ code: expected }) as MigrateError;

const recordIn = (made: Set<string>): MadeResources => ({
  has: (resource) => made.has(resource),
  add: async (resource) => void made.add(resource),
  remove: async (resource) => void made.delete(resource),
});

describe.each(engines)('$engine', ({ engine, start }) => {
  const full = engine !== 'dynalite';
  const hasTags = engine === 'dynalite';
  let server: Engine;
  let tables: Tables;
  let logs: string[];
  let sent: string[];
  let made: Set<string>;
  let mayBeGone: boolean;
  let onlyOwn: boolean;

  beforeAll(async () => {
    server = await start();
    server.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (!/^(?:Describe|List)/.test(String(commandName))) sent.push(String(commandName).replace('Command', ''));
          return next(args);
        },
      { step: 'initialize' },
    );
  });
  beforeEach(async () => {
    logs = [];
    sent = [];
    made = new Set();
    mayBeGone = false;
    onlyOwn = false;
    tables = createTables({
      client: server.client,
      tableName: (name) => `dev-${name}`,
      signal: new AbortController().signal,
      made: recordIn(made),
      mayBeGone: () => mayBeGone,
      get onlyOwn() {
        return onlyOwn;
      },
      log: (message) => logs.push(message),
    });
    if (await tables.exists('USERS')) {
      await tables.update('USERS', { deletionProtection: false });
      await tables.delete('USERS');
    }
    sent = [];
    logs = [];
  });
  afterAll(() => server.close());

  const leftOut = (what: string) => expect(logs).toContain(`this engine has no ${what}; left out for dev-USERS`);
  const createUsers = () => tables.create({ name: 'USERS', partitionKey: id });
  const tags = async () => {
    const { TableArn } = await tables.describe('USERS');
    const { Tags = [] } = await server.client.send(new ListTagsOfResourceCommand({ ResourceArn: TableArn }));
    return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
  };

  describe('create', () => {
    test('keys, indexes, capacity, stream, expiry and recovery', async () => {
      await tables.create({
        name: 'USERS',
        partitionKey: id,
        sortKey: type,
        indexes: [
          { ...byType, throughput: { read: 2, write: 3 }, projection: ['name'] },
          { name: 'by-at', partitionKey: at, throughput: { read: 1, write: 1 }, projection: 'KEYS_ONLY' },
        ],
        localIndexes: [{ name: 'local', sortKey: at }],
        throughput: { read: 4, write: 5 },
        timeToLive: 'expires',
        stream: 'NEW_AND_OLD_IMAGES',
        pointInTimeRecovery: true,
      });
      const table = await tables.describe('USERS');
      expect(table).toMatchObject({
        TableName: 'dev-USERS',
        TableStatus: 'ACTIVE',
        KeySchema: [
          { AttributeName: 'id', KeyType: 'HASH' },
          { AttributeName: 'type', KeyType: 'RANGE' },
        ],
        ProvisionedThroughput: { ReadCapacityUnits: 4, WriteCapacityUnits: 5 },
        LocalSecondaryIndexes: [{ IndexName: 'local', Projection: { ProjectionType: 'ALL' } }],
        ...(full && { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } }),
      });
      expect(table.GlobalSecondaryIndexes).toHaveLength(2);
      expect(table.GlobalSecondaryIndexes).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            IndexName: 'by-type',
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['name'] },
            ProvisionedThroughput: expect.objectContaining({ ReadCapacityUnits: 2, WriteCapacityUnits: 3 }),
          }),
          expect.objectContaining({ IndexName: 'by-at', Projection: { ProjectionType: 'KEYS_ONLY' } }),
        ]),
      );
      expect(logs[0]).toBe('creating table dev-USERS');
      for (const what of ['time to live', 'streams']) {
        const line = `this engine has no ${what}; left out for dev-USERS`;
        if (full) expect(logs).not.toContain(line);
        else expect(logs).toContain(line);
      }
    });

    test('a table of that name is an error, and is not touched', async () => {
      await createUsers();
      made.clear();
      sent = [];
      await expect(tables.create({ name: 'USERS', partitionKey: id, timeToLive: 'x' })).rejects.toEqual(
        code('TABLE_EXISTS'),
      );
      expect(sent).toEqual([]);
    });

    test('a table that this migration made is finished, if it has these keys', async () => {
      await createUsers();
      sent = [];
      await tables.create({ name: 'USERS', partitionKey: id, timeToLive: 'expires' });
      expect(sent).toEqual(['UpdateTimeToLive']);
      await expect(tables.create({ name: 'USERS', partitionKey: type })).rejects.toEqual(code('TABLE_EXISTS'));
      await expect(tables.create({ name: 'USERS', partitionKey: id, sortKey: type })).rejects.toEqual(
        code('TABLE_EXISTS'),
      );
    });

    test('a table that was about to be made, and is not there, is made', async () => {
      made.add('dev-USERS');
      await createUsers();
      expect(await tables.exists('USERS')).toBe(true);
    });

    test('its own request, sent again because its answer was lost, is no other table', async () => {
      server.client.middlewareStack.add(
        (next, { commandName }) =>
          async (args) => {
            const answer = await next(args);
            if (commandName === 'CreateTableCommand') {
              // What the second sending of the same request is told.
              throw Object.assign(new Error('in use'), { name: 'ResourceInUseException' });
            }
            return answer;
          },
        { step: 'initialize', name: 'lost' },
      );
      try {
        await createUsers();
      } finally {
        server.client.middlewareStack.remove('lost');
      }
      expect((await tables.describe('USERS')).TableStatus).toBe('ACTIVE');
    });

    test('deletion protection', async () => {
      await tables.create({ name: 'USERS', partitionKey: id, deletionProtection: true });
      expect((await tables.describe('USERS')).DeletionProtectionEnabled ?? false).toBe(full);
      if (!full) leftOut('deletion protection');
    });
  });

  describe('delete', () => {
    test('returns when the table is gone', async () => {
      await createUsers();
      await tables.delete('USERS');
      expect(await tables.exists('USERS')).toBe(false);
    });

    test('a table that is not there is an error, unless an attempt before may have deleted it', async () => {
      await expect(tables.delete('USERS')).rejects.toEqual(code('TABLE_NOT_FOUND'));
      mayBeGone = true;
      await tables.delete('USERS');
    });

    test('taken back half-way, a table of somebody else’s stays', async () => {
      await createUsers();
      made.clear();
      onlyOwn = true;
      await tables.delete('USERS');
      expect(logs).toContain('table dev-USERS was not made by this migration, and stays');
      expect(await tables.exists('USERS')).toBe(true);
      made.add('dev-USERS');
      await tables.delete('USERS');
      expect(await tables.exists('USERS')).toBe(false);
      expect([...made]).toEqual([]);
    });
  });

  describe('update', () => {
    test('capacity there and back, and no request for what is so already', async () => {
      await createUsers();
      const capacity = async () => {
        const { BillingModeSummary, ProvisionedThroughput } = await tables.describe('USERS');
        return BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST'
          ? 'on-demand'
          : [ProvisionedThroughput?.ReadCapacityUnits, ProvisionedThroughput?.WriteCapacityUnits];
      };
      sent = [];
      for (const [throughput, expected] of [
        [{ read: 3, write: 4 }, [3, 4]],
        [{ read: 3, write: 5 }, [3, 5]],
        ['on-demand', 'on-demand'],
      ] as const) {
        for (let count = 0; count < 2; count++) await tables.update('USERS', { throughput });
        expect(await capacity()).toEqual(expected);
      }
      expect(sent).toEqual(['UpdateTable', 'UpdateTable', 'UpdateTable']);
    });

    test('deletion protection', async () => {
      await createUsers();
      sent = [];
      for (let count = 0; count < 2; count++) await tables.update('USERS', { deletionProtection: true });
      if (full) {
        expect(sent).toEqual(['UpdateTable']);
        expect((await tables.describe('USERS')).DeletionProtectionEnabled).toBe(true);
      } else {
        leftOut('deletion protection');
      }
    });

    test('a table that is not there', async () => {
      await expect(tables.update('USERS', { throughput: 'on-demand' })).rejects.toEqual(code('TABLE_NOT_FOUND'));
    });
  });

  describe('indexes', () => {
    test.each([
      ['on demand', {}],
      ['provisioned', { throughput: { read: 1, write: 1 } }],
    ])('added to a table %s and dropped', async (_what, capacity) => {
      await tables.create({ name: 'USERS', partitionKey: id, ...capacity });
      await tables.addIndex('USERS', { ...byType, ...capacity });
      if (!full) {
        leftOut('indexes added later');
        // So the way back has nothing to drop, and works all the same.
        await tables.dropIndex('USERS', 'by-type');
        return leftOut('indexes dropped later');
      }
      const { GlobalSecondaryIndexes = [] } = await tables.describe('USERS');
      expect(GlobalSecondaryIndexes.map(({ IndexName, IndexStatus }) => [IndexName, IndexStatus]).sort()).toEqual([
        ['by-type', 'ACTIVE'],
      ]);
      await tables.dropIndex('USERS', 'by-type');
      expect((await tables.describe('USERS')).GlobalSecondaryIndexes ?? []).toEqual([]);
    });

    test('there already, or not there: an error, unless made or removed by an attempt before', async () => {
      await tables.create({ name: 'USERS', partitionKey: id, indexes: [byType] });
      await expect(tables.addIndex('USERS', byType)).rejects.toEqual(code('TABLE_EXISTS'));
      if (full) await expect(tables.dropIndex('USERS', 'other')).rejects.toEqual(code('TABLE_NOT_FOUND'));
      made.add('dev-USERS/by-type');
      mayBeGone = true;
      sent = [];
      await tables.addIndex('USERS', byType);
      await tables.dropIndex('USERS', 'other');
      made.clear();
      onlyOwn = true;
      await tables.dropIndex('USERS', 'by-type');
      expect(sent).toEqual([]);
    });
  });

  describe('settings', () => {
    beforeEach(createUsers);

    test('time to live on, the same again, and off', async () => {
      sent = [];
      await tables.setTimeToLive('USERS', 'expires');
      if (!full) return leftOut('time to live');
      await tables.setTimeToLive('USERS', 'expires');
      await tables.setTimeToLive('USERS', undefined);
      await tables.setTimeToLive('USERS', undefined);
      expect(sent).toEqual(['UpdateTimeToLive', 'UpdateTimeToLive']);
    });

    test('tags added, changed and removed; others stay', async () => {
      await tables.setTags('USERS', { team: 'blue', cost: '42', stage: 'dev' });
      if (!hasTags) return leftOut('tags');
      await tables.setTags('USERS', { team: 'red', cost: undefined });
      expect(await tags()).toEqual({ team: 'red', stage: 'dev' });
    });

    test('stream on, the same again, another view, and off', async () => {
      await tables.setStream('USERS', 'KEYS_ONLY');
      if (!full) return leftOut('streams');
      await tables.setStream('USERS', 'KEYS_ONLY');
      await expect(tables.setStream('USERS', 'NEW_IMAGE')).rejects.toEqual(code('TABLE_EXISTS'));
      expect((await tables.describe('USERS')).StreamSpecification).toEqual({
        StreamEnabled: true,
        StreamViewType: 'KEYS_ONLY',
      });
      sent = [];
      await tables.setStream('USERS', undefined);
      await tables.setStream('USERS', undefined);
      expect(sent).toEqual(['UpdateTable']);
      expect((await tables.describe('USERS')).StreamSpecification?.StreamEnabled ?? false).toBe(false);
    });

    test('point-in-time recovery is set, or left out and said so', async () => {
      logs = [];
      await tables.setPointInTimeRecovery('USERS', true);
      expect(logs).toHaveLength(1);
    });

    test('a table that is not there is an error, not an engine that lacks something', async () => {
      await tables.delete('USERS');
      logs = [];
      for (const set of [
        () => tables.setTags('USERS', { a: 'b' }),
        () => tables.setStream('USERS', 'KEYS_ONLY'),
        () => tables.addIndex('USERS', byType),
        () => tables.wait('USERS'),
        () => tables.describe('USERS'),
      ]) {
        await expect(set()).rejects.toEqual(code('TABLE_NOT_FOUND'));
      }
      await expect(tables.setTimeToLive('USERS', 'expires')).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      });
      expect(logs).toEqual([]);
    });
  });
});

test('tags go with the request that creates the table', () => {
  const { Tags } = createTableInput(
    { name: 'USERS', partitionKey: id, tags: { team: 'blue', cost: '42' } },
    'dev-USERS',
  );
  expect(Tags).toEqual([
    { Key: 'team', Value: 'blue' },
    { Key: 'cost', Value: '42' },
  ]);
});

describe('waiting', () => {
  const open = async (options: object, signal: AbortSignal) => {
    const { startDynalite } = await import('../support/dynalite.js');
    const server = await startDynalite(options);
    const tables = createTables({
      client: server.client,
      tableName: (name) => name,
      signal,
      made: recordIn(new Set(['USERS'])),
      mayBeGone: () => true,
      onlyOwn: false,
      log() {},
    });
    return { server, tables };
  };
  const never = new AbortController().signal;

  test('create waits for the table that an attempt before began', async () => {
    const { server, tables } = await open({ createTableMs: 100 }, never);
    await server.client.send(
      new CreateTableCommand({
        TableName: 'USERS',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
    expect((await tables.describe('USERS')).TableStatus).toBe('CREATING');
    await createUsersOn(tables);
    expect((await tables.describe('USERS')).TableStatus).toBe('ACTIVE');
    await server.close();
  });

  test('delete returns when the table is gone', async () => {
    const { server, tables } = await open({ deleteTableMs: 100 }, never);
    await createUsersOn(tables);
    await tables.delete('USERS');
    expect(await tables.exists('USERS')).toBe(false);
    await server.close();
  });

  test('it ends with the signal', async () => {
    const controller = new AbortController();
    const { server, tables } = await open({ createTableMs: 60_000 }, controller.signal);
    const creating = createUsersOn(tables);
    controller.abort();
    await expect(creating).rejects.toMatchObject({ name: 'AbortError' });
    await server.close();
  });

  const createUsersOn = (tables: Tables) => tables.create({ name: 'USERS', partitionKey: id });
});
