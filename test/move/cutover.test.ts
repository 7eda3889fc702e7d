import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { serviceError } from '../dynamodb/proxy.js';
import { hasJava } from '../support/dynamodb-local.js';
import { finished } from '../support/project.js';
import { id, killAt, moments, seed, startSync, statusOf, succeed, text, type World } from './cutover-world.js';
import { startWriters } from './cutover-writers.js';
import { until } from './live-move.js';
import { test } from './world-test.js';

describe.runIf(await hasJava())('a cutover', { concurrent: true }, () => {
  test('no write that was acknowledged is lost, there and back, while writers follow the pointer', async ({ open }) => {
    const world = await open();
    const { source, target } = world;
    const writers = startWriters(world);
    await writers.more(source, 20);
    await succeed(world, 'up');
    await writers.more(source, 20);
    const sync = startSync(world);
    const there = await succeed(world, 'cutover', id);
    expect(there.gates?.every(({ open }) => open)).toBe(true);
    expect(await world.pointer()).toMatchObject({ active: 'target', frozen: false });
    await writers.more(target, 60);
    await writers.stop();
    await writers.expectAllIn(target);
    for (let index = 0; index < 20; index++) {
      const found = (await world.items(target)).get(`seed-${index}`);
      if (index % 5 === 0) expect(found).toBeUndefined();
      else expect(found).toEqual(inNewForm(index));
    }

    const others = startWriters(world);
    await others.more(target, 60);
    await succeed(world, 'down');
    await others.more(source, 60);
    await others.stop();
    await others.expectAllIn(source);
    const items = await world.items(source);
    // What `up` removed, and what it left out.
    for (let index = 0; index < 20; index++) expect(items.get(`seed-${index}`)).toEqual(seed(index));
    expect(await world.tables()).toEqual(['NOTES']);
    // The process that followed had nothing left to do.
    expect((await sync.ended).code).toBe(0);
  }, 180_000);

  test('killed at any moment before the flip, it is given up or gone on with, and nothing is lost', async ({
    open,
  }) => {
    const world = await open();
    const { source, target } = world;
    const writers = startWriters(world);
    await succeed(world, 'up');

    await killAt(world, { moment: moments.freeze }, 'cutover', id);
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: true });
    expect((await statusOf(world)).flags).toContain('frozen');
    await succeed(world, 'cutover', id, '--abort');
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
    await writers.more(source, 20);

    // The stream is off, and what is in it was not read: the next one does not have it.
    await killAt(world, { moment: moments.streamOff }, 'cutover', id);
    expect(await world.streamOf(source)).toBeUndefined();
    await succeed(world, 'cutover', id, '--abort');
    expect(await world.streamOf(source)).toBeDefined();
    await writers.more(source, 20);
    expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'ready' });
    const refused = await world.project.json('cutover', id);
    expect(refused).toMatchObject({
      exitCode: 8,
      error: { code: 'CUTOVER_REFUSED', message: expect.stringContaining('stream') },
    });
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
    await succeed(world, 'verify', id, '--repair');

    await killAt(world, { moment: moments.flip, when: 'before' }, 'cutover', id);
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: true });
    await succeed(world, 'cutover', id);
    await writers.more(target, 20);
    await writers.stop();
    await writers.expectAllIn(target);
    expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'reverse', error: null });
  }, 240_000);

  test('an error while the stream is followed to its end lets the writers go on', async ({ open }) => {
    const world = await open();
    const { source, target } = world;
    const writers = startWriters(world);
    await succeed(world, 'up');
    let off = false;
    world.proxy.intercept = (request) => {
      off ||= moments.streamOff(request);
      return off && moments.read(request) ? serviceError('AccessDeniedException') : undefined;
    };
    const failed = await world.project.json('cutover', id);
    world.proxy.intercept = () => undefined;
    expect(off).toBe(true);
    expect(failed).toMatchObject({ exitCode: 1, error: { code: 'ACCESS_DENIED' } });
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
    expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'ready', error: { code: 'ACCESS_DENIED' } });
    await writers.more(source, 20);
    await succeed(world, 'verify', id, '--repair');
    await succeed(world, 'cutover', id);
    await writers.more(target, 20);
    await writers.stop();
    await writers.expectAllIn(target);
  }, 180_000);

  test('killed right after the flip it is made: repeated it finishes, and there is nothing to give up', async ({
    open,
  }) => {
    const world = await open();
    const { target } = world;
    const writers = startWriters(world);
    await succeed(world, 'up');
    await killAt(world, { moment: moments.flip }, 'cutover', id);
    await writers.more(target, 20);
    expect(await world.project.json('cutover', id, '--abort')).toMatchObject({
      exitCode: 8,
      error: { code: 'CUTOVER_REFUSED', fix: expect.stringContaining('migrate down') },
    });
    await succeed(world, 'cutover', id);
    await writers.more(target, 20);
    await writers.stop();
    await writers.expectAllIn(target);
    expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'reverse' });
  }, 180_000);

  test('stopped by SIGINT while it waits for writers, it lets them go on, and the live sync as well', async ({
    open,
  }) => {
    const world = await open();
    const { source, target } = world;
    const writers = startWriters(world);
    await succeed(world, 'up');
    const sync = startSync(world);
    const child = world.project.start('cutover', id, '--json');
    const ended = finished(child);
    await until(async () => (await world.pointer())?.frozen);
    // Somebody else who comes meanwhile is told.
    expect(await world.project.json('cutover', id, '--lock-timeout', '0')).toMatchObject({
      exitCode: 3,
      error: { code: 'LOCK_HELD', message: expect.stringContaining('migrate cutover') },
    });
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130 });
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
    expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'ready', error: null });
    await writers.more(source, 20);
    const sign = async () => text((await world.dump())[`sync#${id}/up`]?.at);
    const before = await sign();
    await until(async () => (await sign()) !== before);

    // Two at once: one does it, and the other one finds it done.
    const both = await Promise.all([world.project.json('cutover', id), world.project.json('cutover', id)]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const history = Object.values(await world.dump()).filter((row) => text(row.action) === 'cutover');
    expect(history).toHaveLength(1);
    await writers.more(target, 20);
    await writers.stop();
    await writers.expectAllIn(target);
    await sync.stop();
  }, 240_000);

  test('a closed gate is named, and nothing is changed', async ({ open }) => {
    const world = await open();
    const { client, metaTable, source } = world;
    await succeed(world, 'up');
    const clean = await gatesOf(world);
    expect(clean.exitCode).toBe(0);
    expect(clean.gates.map(({ name, open: isOpen }) => [name, isOpen])).toEqual(
      ['verify', 'obligations', 'intents', 'stream', 'lag', 'way back', 'writers', 'fence'].map((name) => [name, true]),
    );
    const stored = (await world.dump())[`ledger/migration#${id}`] as RawItem;
    const shard = Object.values(await world.dump()).find((one) => text(one.pk) === `stream#${id}`) as RawItem;
    const sync = { pk: { S: `sync#${id}` }, sk: { S: 'up' } };
    const put = (Item: RawItem) => client.send(new PutItemCommand({ TableName: metaTable, Item }));
    const verified = (change: RawItem | undefined) => {
      const { verified: was, ...record } = map(stored.move);
      return put({
        ...stored,
        move: { M: change ? { ...record, verified: { M: { ...map(was), ...change } } } : record },
      });
    };

    for (const [gate, value, close] of [
      ['verify', 'never', () => verified(undefined)],
      ['verify', 'another version', () => verified({ checksum: { S: 's1:other' } })],
      ['verify', 'a sample only', () => verified({ full: { BOOL: false } })],
      ['verify', '3 differences', () => verified({ clean: { BOOL: false }, differences: { N: '3' } })],
      [
        'stream',
        'too-old',
        () => put(stored).then(() => put({ ...shard, gapReason: { S: 'too-old' }, gapAt: { N: '1' } })),
      ],
      [
        'lag',
        '500 s',
        () => put(shard).then(() => put({ ...sync, lagMs: { N: '500000' }, caughtUp: { BOOL: false } })),
      ],
    ] as const) {
      await close();
      await expectRefused(world, [gate], value);
    }
    await client.send(new DeleteItemCommand({ TableName: metaTable, Key: sync }));
    await put(stored);

    // An item that cannot be brought over: the attribute that it would get is there already.
    await world.put(source, { ...seed(1), remark: { S: 'mine' } });
    expect(await world.project.json('verify', id)).toMatchObject({ exitCode: 6 });
    await expectRefused(world, ['verify', 'obligations'], '1 items in quarantine');
    await world.put(source, seed(1));
    await succeed(world, 'errors', id, '--retry');
    await succeed(world, 'verify', id);
    expect((await gatesOf(world)).exitCode).toBe(0);
  }, 240_000);

  test('a way back that loses something wants consent', async ({ open }) => {
    const world = await open({ files: { [`migrations/${id}.mjs`]: lossy } });
    await succeed(world, 'up');
    await expectRefused(world, ['way back'], 'lossy');
    expect(await gatesOf(world, '--accept-lossy')).toMatchObject({ exitCode: 0 });
    const report = await succeed(world, 'cutover', id, '--accept-lossy');
    expect(report.migrations).toMatchObject([{ phase: 'reverse' }]);
    expect(await world.pointer()).toMatchObject({ active: 'target' });
  }, 120_000);

  test('writers wait while writes are held back, and find the new table after it', async ({ open }) => {
    const world = await open();
    await succeed(world, 'up');
    await killAt(world, { moment: moments.freeze }, 'cutover', id);
    const resolve = world.resolver();
    expect(await resolve('NOTES')).toBe(world.source);
    let resolved: string | undefined;
    const waiting = resolve('NOTES', 'write').then((table) => {
      resolved = table;
    });
    const again = finished(world.project.start('cutover', id, '--json'));
    await until(async () => (await world.pointer())?.active === 'target', 10);
    await waiting;
    expect(resolved).toBe(world.target);
    expect((await again).code).toBe(0);
    expect(await resolve('REMARKS', 'write')).toBe(world.target);
  }, 120_000);
});

const lossy = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Remarks that do not come back',
  from: table('NOTES'),
  to: table('REMARKS'),
  up: (items) => items.rename('note', 'remark'),
  down: ({ remark, ...item }) => item,
});
`;

async function gatesOf({ project }: World, ...flags: string[]) {
  const { exitCode, gates = [] } = await project.json('cutover', id, '--dry-run', ...flags);
  return { exitCode, gates };
}

/** Both ways: the dry run tells and writes nothing, and the cutover changes nothing that applications or the sync see. */
async function expectRefused(world: World, names: readonly string[], value: string): Promise<void> {
  const before = await world.dump();
  const { exitCode, gates } = await gatesOf(world);
  expect(await world.dump()).toEqual(before);
  const closed = gates.filter((gate) => !gate.open);
  expect([exitCode, ...closed.map(({ name }) => name)]).toEqual([8, ...names]);
  expect(closed.map((gate) => gate.value).join()).toContain(value);
  for (const { fix } of closed) expect(fix).not.toBeNull();
  expect((await world.project.run('cutover', id, '--dry-run')).stdout).toContain(value);

  const { exitCode: refused, error } = await world.project.json('cutover', id);
  expect([refused, error?.code]).toEqual([8, 'CUTOVER_REFUSED']);
  for (const name of names) expect(error?.message).toContain(`${name} (`);
  expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
  expect(await world.resolver()('NOTES', 'write')).toBe(world.source);
  expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'ready' });
}

function map(value: RawItem[string] | undefined): RawItem {
  return value && 'M' in value ? value.M : {};
}

function inNewForm(index: number) {
  return {
    id: { S: `seed-${index}` },
    kind: { S: 'live' },
    remark: { S: `note-${index}` },
    channel: { S: 'EMAIL' },
  };
}
