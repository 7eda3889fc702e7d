import { CreateTableCommand, DescribeTimeToLiveCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect } from 'vitest';
import { hasJava } from '../support/dynamodb-local.js';
import { id, killAt, moments, move, seed, statusOf, succeed, text, type World } from './cutover-world.js';
import { startWriters } from './cutover-writers.js';
import { test } from './world-test.js';

const file = `migrations/${id}.mjs`;
const withoutWayBack = move.replace('  up: (items)', "  irreversible: 'a test',\n  up: (items)");
const expecting = move.replace('  up: (items)', '  target: { expect: true },\n  up: (items)');

describe.runIf(await hasJava())('the way back', { concurrent: true }, () => {
  /** What is left of a move in the meta table, when it was taken back: its history, and rows that say there is nothing. */
  async function remains(world: World): Promise<string[]> {
    const rows = Object.entries(await world.dump());
    return rows
      .filter(([key, row]) => key.includes(id) && !/^(history|lock)/.test(key) && text(row.state) !== 'removed')
      .map(([key]) => key);
  }

  async function createTarget({ client, target }: World): Promise<void> {
    await client.send(
      new CreateTableCommand({
        TableName: target,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
  }

  // The longest comes first: the others pass beside it.
  test('killed at any moment, `down` goes on', async ({ open }) => {
    const world = await open();
    const { source, target } = world;
    await succeed(world, 'up');
    await succeed(world, 'cutover', id);
    const writers = startWriters(world);
    await writers.more(target, 20);
    for (const [moment, when] of [
      ['freeze', 'after'],
      ['streamOff', 'after'],
      ['flip', 'before'],
      ['flip', 'after'],
      ['deleteTable', 'after'],
    ] as const) {
      await killAt(world, { moment: moments[moment], when }, 'down');
      const isBack = moment === 'deleteTable' || (moment === 'flip' && when === 'after');
      expect(await world.pointer()).toMatchObject({ active: isBack ? 'source' : 'target', frozen: !isBack });
      expect(await statusOf(world)).toMatchObject({ direction: 'down' });
    }
    await succeed(world, 'down');
    await writers.more(source, 20);
    await writers.stop();
    await writers.expectAllIn(source);
    for (let index = 0; index < 20; index++)
      expect((await world.items(source)).get(`seed-${index}`)).toEqual(seed(index));
    expect(await world.tables()).toEqual(['NOTES']);
    expect(await remains(world)).toEqual([]);
  }, 300_000);

  test('before the cutover it gives the move up, and `up` begins anew', async ({ open }) => {
    const world = await open();
    const { source, target } = world;
    await succeed(world, 'up');
    expect(await world.streamOf(source)).toBeDefined();
    expect((await world.items(target)).size).toBe(16);
    await succeed(world, 'down');
    expect(await world.tables()).toEqual(['NOTES']);
    expect(await world.streamOf(source)).toBeUndefined();
    expect(await remains(world)).toEqual([]);
    expect(await statusOf(world)).toMatchObject({ state: 'pending', flags: [] });
    expect((await world.items(source)).get('seed-1')).toEqual(seed(1));

    await world.put(source, seed(21));
    await succeed(world, 'up');
    const items = await world.items(target);
    expect([items.size, items.has('seed-21')]).toEqual([17, true]);
    await succeed(world, 'cutover', id);
    expect(await world.resolver()('NOTES', 'write')).toBe(target);
  }, 180_000);

  test('a table and a stream that were there before stay', async ({ open }) => {
    const world = await open({
      files: { [file]: expecting },
      source: { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } },
    });
    const { source } = world;
    await createTarget(world);
    const before = await world.streamOf(source);
    await succeed(world, 'up');
    await succeed(world, 'down');
    expect(await world.tables()).toEqual(['NOTES', 'REMARKS']);
    expect(await world.streamOf(source)).toBe(before);
    expect(await remains(world)).toEqual([]);
    await succeed(world, 'up');
    await succeed(world, 'cutover', id);
    await succeed(world, 'down');
    expect(await world.tables()).toEqual(['NOTES', 'REMARKS']);
    expect(await world.streamOf(source)).toBe(before);
    expect(await world.streamOf(world.target)).toBeUndefined();
    expect((await world.items(source)).get('seed-0')).toEqual(seed(0));
  }, 180_000);

  test('without a `down` there is a way back until the cutover, and none after it', async ({ open }) => {
    const world = await open({ files: { [file]: withoutWayBack } });
    const { project, target } = world;
    await succeed(world, 'up');
    await succeed(world, 'down');
    expect(await world.tables()).toEqual(['NOTES']);
    await succeed(world, 'up');
    const report = await succeed(world, 'cutover', id);
    expect(report.gates).toContainEqual(
      expect.objectContaining({ name: 'way back', value: expect.stringContaining('a test') }),
    );
    const before = await world.dump();
    expect(await project.json('down')).toMatchObject({ exitCode: 8, error: { code: 'IRREVERSIBLE', migration: id } });
    expect(meaning(await world.dump())).toEqual(meaning(before));
    expect(await world.resolver()('NOTES', 'write')).toBe(target);
  }, 180_000);

  test('after `complete` the old table is brought level again, while writers are at work', async ({ open }) => {
    const world = await open();
    const { project, source, target } = world;
    await succeed(world, 'up');
    expect(await project.json('complete', id)).toMatchObject({ exitCode: 7, error: { code: 'MIGRATION_UNFINISHED' } });
    const writers = startWriters(world);
    await writers.more(source, 20);
    await succeed(world, 'cutover', id);
    await writers.more(target, 20);
    await succeed(world, 'complete', id);
    expect(await statusOf(world)).toMatchObject({ state: 'applied', phase: null });
    expect([await world.streamOf(source), await world.streamOf(target)]).toEqual([undefined, undefined]);
    const again = await succeed(world, 'complete', id);
    expect(again.warnings).toEqual([`${id} is complete already`]);
    // Nothing follows any more: this is what `down` has to bring over.
    await writers.more(target, 60);
    await world.remove(target, 'seed-3');
    await succeed(world, 'down');
    await writers.more(source, 20);
    await writers.stop();
    await writers.expectAllIn(source);
    const items = await world.items(source);
    for (let index = 0; index < 20; index++) {
      expect(items.get(`seed-${index}`)).toEqual(index === 3 ? undefined : seed(index));
    }
    expect(await world.tables()).toEqual(['NOTES']);
    expect(await remains(world)).toEqual([]);
  }, 240_000);

  test('`complete --drop-source` wants consent, respects deletion protection, and has no way back', async ({
    open,
  }) => {
    const world = await open();
    const { project, proxy, target } = world;
    await succeed(world, 'up');
    await succeed(world, 'cutover', id);
    expect(await project.json('complete', id, '--drop-source')).toMatchObject({
      exitCode: 8,
      error: { code: 'PROTECTED_ENVIRONMENT', fix: expect.stringContaining('--yes') },
    });
    // The engine does not know deletion protection.
    proxy.intercept = async ({ operation, forward }) => {
      if (operation !== 'DescribeTable') return undefined;
      const { status, body } = await forward();
      const { Table, ...rest } = JSON.parse(body) as { Table?: object };
      return { status, body: JSON.stringify({ ...rest, Table: { ...Table, DeletionProtectionEnabled: true } }) };
    };
    expect(await project.json('complete', id, '--drop-source', '--yes')).toMatchObject({
      exitCode: 1,
      error: { code: 'ACCESS_DENIED', message: expect.stringContaining('deletion protection') },
    });
    // The way back is still there.
    expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'reverse' });
    expect(await world.streamOf(target)).toBeDefined();
    proxy.intercept = () => undefined;
    // It dies when the table is gone, and the ledger does not know.
    await killAt(world, { moment: moments.deleteTable }, 'complete', id, '--drop-source', '--yes');
    expect(await world.tables()).toEqual(['REMARKS']);
    await succeed(world, 'complete', id, '--drop-source', '--yes');
    expect(await statusOf(world)).toMatchObject({ state: 'applied' });
    await succeed(world, 'complete', id, '--drop-source', '--yes');
    expect(await world.resolver()('NOTES', 'write')).toBe(target);
    expect(await project.json('down')).toMatchObject({ exitCode: 8, error: { code: 'IRREVERSIBLE', migration: id } });
    expect(await statusOf(world)).toMatchObject({ state: 'applied' });
  }, 180_000);

  test('items expire in the new table from the cutover on, and not before', async ({ open }) => {
    const world = await open();
    const { client, source, target } = world;
    const TimeToLiveSpecification = { Enabled: true, AttributeName: 'expiresAt' };
    await client.send(new UpdateTimeToLiveCommand({ TableName: source, TimeToLiveSpecification }));
    const ttl = async () =>
      (await client.send(new DescribeTimeToLiveCommand({ TableName: target }))).TimeToLiveDescription;
    await succeed(world, 'up');
    expect((await ttl())?.TimeToLiveStatus).toBe('DISABLED');
    await succeed(world, 'cutover', id);
    expect(await ttl()).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
  }, 120_000);
});

/** The rows of the meta table without what each command leaves in them: the lock, and the marks of its lease. */
function meaning(rows: Awaited<ReturnType<World['dump']>>) {
  return Object.entries(rows)
    .filter(([key]) => !key.startsWith('lock/'))
    .map(([key, { token: _token, write: _write, ...row }]) => [key, row]);
}
