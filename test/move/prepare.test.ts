import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  type StreamViewType,
  type TableDescription,
  TagResourceCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runDirection } from '../../src/commands/run-direction.js';
import { complete, createTableResolver, cutover, down, type MigrateEvent, status, up } from '../../src/index.js';
import { startProxy } from '../dynamodb/proxy.js';
import { startDynalite } from '../support/dynalite.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { finished } from '../support/project.js';
import { createTable, putItems } from '../support/tables.js';
import { scanAll } from './comparing.js';
import { type MoveWorld, openMoveWorld } from './verify-world.js';

const id = '001-move';
/** The file of a move; `more` are further keys of it, as source text. */
const move = (from: string, to: string, more = 'up: (items) => items') => `
import { defineMigration, table } from 'dynamigrate';
export default defineMigration({ description: 'Move', from: table(${from}), to: table(${to}), ${more} });
`;
const rekeying = `up: (items) => items.rekey({ partitionKey: { name: 'email', type: 'S' } }), irreversible: 'another key'`;

describe.runIf(await hasJava())('preparing a move', () => {
  let server: DynamoDbLocal;
  let world: MoveWorld | undefined;
  let table: string;
  let target: string;
  let events: MigrateEvent[];
  let count = 0;

  beforeAll(async () => {
    server = await startDynamoDbLocal();
  }, 120_000);
  afterEach(() => world?.dispose());
  afterAll(() => server?.close());

  /** A project with this move from `table` to `target`, neither of which is there yet. */
  async function open(more?: string, environment = '', names: { from?: string; to?: string } = {}): Promise<MoveWorld> {
    count += 1;
    table = `TABLE-${count}-`;
    target = `${table}2`;
    events = [];
    const { from = `'${table}'`, to = `'${target}'` } = names;
    world = await openMoveWorld({ server, id, source: move(from, to, more), metaTable: `meta-${count}`, environment });
    return { ...world, options: { ...world.options, onEvent: (event) => events.push(event) } };
  }
  const describeTable = async (TableName: string): Promise<TableDescription | undefined> => {
    const tables = (await server.client.send(new ListTablesCommand({}))).TableNames ?? [];
    if (!tables.includes(TableName)) return undefined;
    return (await server.client.send(new DescribeTableCommand({ TableName }))).Table;
  };
  const streamOf = async (name: string) => {
    const { StreamSpecification: stream, LatestStreamArn } = (await describeTable(name)) ?? {};
    return stream?.StreamEnabled ? { view: stream.StreamViewType, arn: LatestStreamArn } : undefined;
  };
  const switchStreamOn = (TableName: string, StreamViewType: StreamViewType) =>
    server.client.send(
      new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: true, StreamViewType } }),
    );
  const createSource = async () => {
    await createTable(server.client, table);
    await putItems(server.client, table, [{ id: { S: '1' }, email: { S: 'a@x' } }]);
  };

  test('keys, indexes, billing and protection are carried over, and what is not is told', async () => {
    const { options, project, row } = await open();
    const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
    const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' as const });
    const units = (ReadCapacityUnits: number, WriteCapacityUnits: number) => ({
      ReadCapacityUnits,
      WriteCapacityUnits,
    });
    const input: CreateTableCommandInput = {
      TableName: table,
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: units(40, 50),
      KeySchema: [hash('id'), range('type')],
      AttributeDefinitions: ['id', 'type', 'email', 'at'].map((AttributeName) => ({
        AttributeName,
        AttributeType: AttributeName === 'at' ? 'N' : 'S',
      })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-email',
          KeySchema: [hash('email')],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['name'] },
          ProvisionedThroughput: units(6, 7),
        },
      ],
      LocalSecondaryIndexes: [
        { IndexName: 'by-at', KeySchema: [hash('id'), range('at')], Projection: { ProjectionType: 'ALL' } },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      DeletionProtectionEnabled: true,
    };
    await server.client.send(new CreateTableCommand(input));
    await server.client.send(
      new UpdateTimeToLiveCommand({
        TableName: table,
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'expires' },
      }),
    );
    await server.client.send(
      new PutItemCommand({ TableName: table, Item: { id: { S: '1' }, type: { S: 'x' }, at: { N: '1' } } }),
    );
    const { stderr, code } = await project.run('up');
    expect(code).toBe(0);

    const made = await describeTable(target);
    expect(made).toMatchObject({
      KeySchema: input.KeySchema,
      ProvisionedThroughput: input.ProvisionedThroughput,
      GlobalSecondaryIndexes: input.GlobalSecondaryIndexes,
      LocalSecondaryIndexes: input.LocalSecondaryIndexes,
      DeletionProtectionEnabled: true,
    });
    expect(await streamOf(target)).toBeUndefined();
    for (const text of ['the stream (`NEW_IMAGE`)', 'time to live on `expires`', 'auto scaling']) {
      expect(stderr).toContain(`not carried over to ${target}: ${text}`);
    }
    expect((await row())?.move).toMatchObject({ targetMade: true, timeToLive: 'expires' });
    // What protects the new table does not keep the move from being taken back.
    await down(options);
    expect(await describeTable(target)).toBeUndefined();
    expect((await describeTable(table))?.DeletionProtectionEnabled).toBe(true);
  }, 60_000);

  test('an expected target is used, and stays; a missing or a different one is refused', async () => {
    const { options, row } = await open(`up: (items) => items, target: { expect: true }`);
    await createSource();
    await expect(up(options)).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND', exitCode: 1 });
    expect(await streamOf(table)).toBeUndefined();

    await server.client.send(
      new CreateTableCommand({
        TableName: target,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    await expect(up(options)).rejects.toMatchObject({ code: 'TABLE_DRIFT', exitCode: 5 });
    expect(await streamOf(table)).toBeUndefined();
    expect(await scanAll(server.client, target)).toEqual([]);
    await down(options);
    expect(await describeTable(target)).toBeDefined();

    const second = await open(`up: (items) => items, target: { expect: true }`);
    await createSource();
    await createTable(server.client, target);
    await up(second.options);
    expect((await second.row())?.move).toMatchObject({ targetMade: false });
    expect(await scanAll(server.client, target)).toHaveLength(1);
    await down(second.options);
    expect(await row()).toBeUndefined();
    expect(await describeTable(target)).toBeDefined();
  }, 60_000);

  test('a table that is there already is not taken for the target, and not deleted', async () => {
    const { options } = await open();
    await createSource();
    await createTable(server.client, target);
    await putItems(server.client, target, [{ id: { S: 'somebody else' } }]);
    await expect(up(options)).rejects.toMatchObject({
      code: 'TABLE_EXISTS',
      exitCode: 1,
      fix: expect.stringContaining('target: { expect: true }'),
    });
    await expect(up(options)).rejects.toMatchObject({ code: 'TABLE_EXISTS' });
    expect(await streamOf(table)).toBeUndefined();
    await down(options);
    expect(await scanAll(server.client, target)).toEqual([{ id: { S: 'somebody else' } }]);
  }, 60_000);

  describe('the stream of the source', () => {
    test('that was on with keys only serves a move that keeps them, and stays on after it', async () => {
      const { options, row } = await open();
      await createSource();
      await switchStreamOn(table, 'KEYS_ONLY');
      const before = await streamOf(table);
      await up(options);
      expect((await row())?.move?.streams?.up).toEqual({ arn: before?.arn, enabledByUs: false });
      await cutover({ ...options, id });
      await complete({ ...options, id });
      expect(await streamOf(table)).toEqual(before);
      expect(await streamOf(target)).toBeUndefined();
    }, 60_000);

    test('that was on stays on when the move is taken back', async () => {
      const { options } = await open();
      await createSource();
      await switchStreamOn(table, 'NEW_IMAGE');
      const before = await streamOf(table);
      await up(options);
      await down(options);
      expect(await streamOf(table)).toEqual(before);
    }, 60_000);

    test('that was off is switched on, and off again', async () => {
      const { options, row } = await open();
      await createSource();
      await up(options);
      expect((await streamOf(table))?.view).toBe('NEW_AND_OLD_IMAGES');
      expect((await row())?.move?.streams?.up).toMatchObject({ enabledByUs: true });
      await down(options);
      expect(await streamOf(table)).toBeUndefined();
    }, 60_000);

    test('that carries too little for a move to another key is refused, and left alone', async () => {
      const { options } = await open(rekeying);
      await createSource();
      await switchStreamOn(table, 'KEYS_ONLY');
      const before = await streamOf(table);
      await expect(up(options)).rejects.toMatchObject({ code: 'TABLE_DRIFT', exitCode: 5 });
      expect(await scanAll(server.client, target)).toEqual([]);
      expect(await streamOf(table)).toEqual(before);
      await down(options);
      expect(await streamOf(table)).toEqual(before);
      expect(await describeTable(target)).toBeUndefined();
    }, 60_000);
  });

  test.each([
    ['before the target is created', 'CreateTable', 'before'],
    ['before it is known that the target was created', 'CreateTable', 'after'],
    ['before the stream is switched on', 'UpdateTable', 'before'],
    ['before it is known that the stream was switched on', 'UpdateTable', 'after'],
  ])(
    'killed %s, it goes on, and all that it made goes with it',
    async (_when, at, moment) => {
      const { options, project, row } = await open();
      await createSource();
      let kill = () => {};
      const proxy = await startProxy(server.endpoint, async ({ operation, input, forward }) => {
        if (operation !== at || !String(input.TableName).startsWith(table)) return undefined;
        if (moment === 'after') await forward();
        kill();
        return 'cut';
      });
      try {
        const child = project.start('up', '--endpoint', proxy.endpoint);
        kill = () => child.kill('SIGKILL');
        expect((await finished(child)).code).toBeNull();
      } finally {
        await proxy.close();
      }
      expect(await row()).toMatchObject({ state: 'running' });
      await up(options);
      expect(await row()).toMatchObject({ phase: 'ready', move: { targetMade: true } });
      expect(await scanAll(server.client, target)).toHaveLength(1);
      await down(options);
      expect(await describeTable(target)).toBeUndefined();
      expect(await streamOf(table)).toBeUndefined();
      expect(await scanAll(server.client, table)).toHaveLength(1);
    },
    60_000,
  );

  test('a dry run tells what there is to do, and writes nothing', async () => {
    const more = `up: (items) => items
      .filter((item) => item.left !== true)
      .map((item) => { if (item.bad) throw new Error('cannot be told apart'); return item; }),
      down: (item) => item`;
    const { options } = await open(more);
    await createTable(server.client, table);
    await putItems(server.client, table, [
      ...Array.from({ length: 5 }, (_, index) => ({ id: { S: `good-${index}` } })),
      { id: { S: 'left' }, left: { BOOL: true } },
      { id: { S: 'bad' }, bad: { BOOL: true } },
    ]);
    const operations = new Set<string>();
    const proxy = await startProxy(server.endpoint, ({ operation }) => {
      operations.add(operation);
      return undefined;
    });
    try {
      const { report } = await runDirection('up', { ...options, endpoint: proxy.endpoint, dryRun: true });
      // One item would fail, and none may.
      expect(report).toMatchObject({ exitCode: 1, error: null });
    } finally {
      await proxy.close();
    }
    const lines = events.flatMap((event) => (event.type === 'dry-run' ? event.lines : []));
    expect(lines).toContain(`${target} would be created`);
    expect(lines).toContain('7 items read, 5 would be written, 1 left out, 1 would fail');
    expect(lines).toContainEqual(expect.stringMatching(/^first: id=bad: .*cannot be told apart/));
    expect([...operations].filter((name) => !/^(?:Describe|List|Get|Scan|Query|BatchGet)/.test(name))).toEqual([]);
    expect(await describeTable(target)).toBeUndefined();
    expect(await describeTable(`meta-${count}`)).toBeUndefined();
    expect((await status(options)).migrations).toMatchObject([{ state: 'pending' }]);
  }, 60_000);

  describe('what cannot be moved', () => {
    const invalid = { code: 'MIGRATION_INVALID', exitCode: 4 };
    async function expectRefused(options: MoveWorld['options'], error: object): Promise<void> {
      await expect(up({ ...options, dryRun: true })).rejects.toMatchObject(error);
      await expect(up(options)).rejects.toMatchObject(error);
      expect((await status(options)).migrations[0]?.state).toBe('pending');
    }

    test('a table onto itself, by what the environment calls it', async () => {
      const { options } = await open(undefined, `tableName: (name) => name.replace(/2$/, '')`);
      await createSource();
      await expectRefused(options, { ...invalid, message: expect.stringContaining(`\`${table}\``) });
    }, 60_000);

    test('the meta table, as a source and as a target', async () => {
      const from = await open(undefined, '', { from: `'meta-${count + 1}'` });
      await expectRefused(from.options, { ...invalid, message: expect.stringContaining(`\`meta-${count}\``) });
      const to = await open(undefined, '', { to: `'meta-${count + 1}'` });
      await createSource();
      await expectRefused(to.options, { ...invalid, message: expect.stringContaining(`\`meta-${count}\``) });
    }, 60_000);

    test('a source that is not there, or has other keys than the migration says', async () => {
      const { options } = await open();
      const missing = { code: 'TABLE_NOT_FOUND', exitCode: 1 };
      await expect(up(options)).rejects.toMatchObject({ ...missing, message: expect.stringContaining(table) });
      expect((await status(options)).migrations[0]?.state).toBe('pending');
      const wrong = await open(undefined, '', {
        from: `'TABLE-${count + 1}-', { partitionKey: 'id', sortKey: 'type' }`,
      });
      await createSource();
      await expectRefused(wrong.options, { code: 'TABLE_DRIFT', exitCode: 5 });
      const other = await open(undefined, '', { from: `'TABLE-${count + 1}-', { partitionKey: 'pk' }` });
      await createSource();
      await expectRefused(other.options, { code: 'TABLE_DRIFT', exitCode: 5 });
    }, 60_000);
  });

  test('an environment that names its tables otherwise', async () => {
    const { options } = await open(undefined, `tableName: (name) => 'prod-' + name`);
    const [from, to] = [`prod-${table}`, `prod-${target}`];
    await createTable(server.client, from);
    await putItems(server.client, from, [{ id: { S: '1' } }]);
    await up(options);
    expect((await status(options)).migrations[0]?.tables).toEqual([from, to]);
    expect(await scanAll(server.client, to)).toHaveLength(1);
    expect(await describeTable(target)).toBeUndefined();
    const { client } = server;
    const resolved = () =>
      createTableResolver({ client, metaTable: `meta-${count}`, tableName: (name) => `prod-${name}` })(table);
    expect(await resolved()).toBe(from);
    await cutover({ ...options, id });
    expect(await resolved()).toBe(to);
    await complete({ ...options, id });
    expect(await resolved()).toBe(to);
  }, 60_000);
});

test('on an engine without streams: tags are carried over, and that nobody may write is told', async () => {
  const engine = await startDynalite();
  const world = await openMoveWorld({ server: engine, id, source: move(`'NOTES'`, `'NOTES2'`), metaTable: 'meta' });
  try {
    await createTable(engine.client, 'NOTES');
    await putItems(engine.client, 'NOTES', [{ id: { S: '1' } }]);
    const ResourceArn = await arnOf(engine.client, 'NOTES');
    await engine.client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'team', Value: 'blue' }] }));
    const report = await up(world.options);
    expect(report.warnings).toEqual([expect.stringMatching(/^OFFLINE MOVE: .* NOT carried over to NOTES2/)]);
    expect(report.migrations[0]).toMatchObject({ phase: 'ready', flags: ['offline'] });
    const target = await arnOf(engine.client, 'NOTES2');
    const { Tags } = await engine.client.send(new ListTagsOfResourceCommand({ ResourceArn: target }));
    expect(Tags).toEqual([{ Key: 'team', Value: 'blue' }]);
    expect(await scanAll(engine.client, 'NOTES2')).toHaveLength(1);
  } finally {
    await world.dispose();
    await engine.close();
  }
});

async function arnOf(client: DynamoDBClient, TableName: string): Promise<string | undefined> {
  return (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableArn;
}
