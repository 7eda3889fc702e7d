import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createTable } from '../support/tables.js';
import { createWorld, id, move, seed, statusOf, succeed, type World } from './cutover-world.js';

let engine: Dynalite;
let world: World;

beforeEach(async () => {
  engine = await startDynalite();
});
afterEach(async () => {
  await world.dispose();
  await engine.close();
});

const inNewForm = (index: number) => ({
  id: { S: `seed-${index}` },
  kind: { S: 'live' },
  remark: { S: `note-${index}` },
  channel: { S: 'EMAIL' },
});

/** The table, by the name that migrations give it, with how many items `count` finds in it. */
async function counts({ project, source, target }: World) {
  const { counts: found = [] } = await project.json('count', 'NOTES', 'REMARKS');
  expect(found.map(({ table }) => table)).toEqual([source, target]);
  return found.map(({ items }) => items);
}

test('a move without streams, there and back', async () => {
  world = await createWorld({ engine });
  const { project, source, target } = world;
  const up = await project.run('up');
  expect(up.code).toBe(0);
  expect(up.stderr).toContain('OFFLINE MOVE');
  expect(up.stderr).toContain(`is NOT carried over to ${target}`);
  expect(await counts(world)).toEqual([20, 16]);
  expect(await statusOf(world)).toMatchObject({
    state: 'waiting',
    phase: 'ready',
    flags: ['offline'],
    lag: null,
    verify: { clean: true, full: true, differences: 0 },
    progress: { scanned: 20, changed: 20, errors: 0 },
    tables: [source, target],
  });
  const shown = await project.run('status');
  expect(shown.stdout).toContain('waiting for cutover');
  expect(shown.stdout).toContain('offline');

  // Nobody carries these over.
  await world.put(source, { ...seed(1), note: { S: 'changed' } });
  await world.remove(source, 'seed-2');
  await world.put(source, seed(21));
  expect(await project.json('verify', id)).toMatchObject({
    exitCode: 6,
    error: { code: 'VERIFY_MISMATCH' },
    verify: { missing: 1, extra: 1, different: 1, failed: 0 },
  });
  expect((await statusOf(world)).flags).toEqual(['offline', 'verify-stale']);
  await succeed(world, 'verify', id, '--repair');
  await succeed(world, 'verify', id);

  await world.put(source, { ...seed(3), note: { S: 'changed' } });
  await world.remove(source, 'seed-4');
  const before = await world.dump();
  const looked = await project.json('cutover', id, '--dry-run');
  expect(await world.dump()).toEqual(before);
  expect(looked.exitCode).toBe(8);
  expect(looked.gates?.filter(({ open }) => !open)).toEqual([
    { name: 'sync', open: false, value: 'the engine has no streams', fix: expect.stringContaining('--offline') },
  ]);
  expect(await project.json('cutover', id)).toMatchObject({
    exitCode: 8,
    error: { code: 'CUTOVER_REFUSED', message: expect.stringContaining('sync') },
  });
  expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
  expect(await succeed(world, 'cutover', id, '--dry-run', '--offline')).toMatchObject({ exitCode: 0 });
  expect(await world.resolver()('NOTES', 'write')).toBe(source);

  // What changed since the last verify comes along.
  await succeed(world, 'cutover', id, '--offline');
  expect(await world.resolver()('NOTES', 'write')).toBe(target);
  const moved = await world.items(target);
  expect(moved.get('seed-1')).toEqual({ ...inNewForm(1), remark: { S: 'changed' } });
  expect(moved.get('seed-3')).toEqual({ ...inNewForm(3), remark: { S: 'changed' } });
  expect([...moved.keys()].filter((key) => ['seed-0', 'seed-2', 'seed-4'].includes(key))).toEqual([]);
  expect(moved.get('seed-21')).toEqual(inNewForm(21));
  expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'reverse', flags: ['offline'] });
  expect((await project.run('status')).stdout).toContain('cut over, waiting for complete');

  await world.put(target, { ...inNewForm(6), remark: { S: 'newer' } });
  await world.remove(target, 'seed-7');
  await world.put(target, inNewForm(30));
  expect(await project.json('down')).toMatchObject({ exitCode: 8, error: { code: 'CUTOVER_REFUSED' } });
  expect(await world.pointer()).toMatchObject({ active: 'target', frozen: false });
  await succeed(world, 'down', '--offline');
  expect(await world.resolver()('NOTES', 'write')).toBe(source);
  const back = await world.items(source);
  expect(back.get('seed-0')).toEqual(seed(0));
  expect(back.get('seed-3')).toEqual({ ...seed(3), note: { S: 'changed' } });
  expect(back.get('seed-6')).toEqual({ ...seed(6), note: { S: 'newer' } });
  expect(back.has('seed-7')).toBe(false);
  expect(back.get('seed-8')).toEqual(seed(8));
  const { secret: _secret, ...without } = seed(30);
  expect(back.get('seed-30')).toEqual({ ...without, kind: { S: 'live' } });
  expect(await world.tables()).toEqual(['NOTES']);
  expect(await project.json('status')).toMatchObject({ migrations: [{ state: 'pending', flags: [] }] });
}, 180_000);

test('completed: the old table stays as it was', async () => {
  world = await createWorld({ engine });
  const { project, source } = world;
  await succeed(world, 'up');
  expect(await project.json('complete', id)).toMatchObject({ exitCode: 7, error: { code: 'MIGRATION_UNFINISHED' } });
  await succeed(world, 'cutover', id, '--offline');
  await succeed(world, 'complete', id);
  expect(await statusOf(world)).toMatchObject({ state: 'applied', phase: null, flags: [] });
  expect(await counts(world)).toEqual([20, 16]);
  expect((await world.items(source)).get('seed-1')).toEqual(seed(1));
  expect(await project.json('up')).toMatchObject({ exitCode: 0, done: [] });
}, 120_000);

const rewrite = (name: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Number ${name}',
  table: table('${name}'),
  up: (items) => items.add('number', 1),
});
`;
const steps = (name: string) => `import { defineSteps } from 'dynamigrate';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
export default defineSteps({
  description: 'Write ${name}',
  up: async (ctx) => {
    await ctx.step('write', () =>
      ctx.client.send(new PutItemCommand({ TableName: ctx.tableName('${name}'), Item: { id: { S: 'step' } } })));
  },
  irreversible: 'a test',
});
`;

test.each(['NOTES', 'REMARKS'])(
  'a later migration of %s waits for the move',
  async (name) => {
    world = await createWorld({
      engine,
      files: { [`migrations/${id}.mjs`]: move, 'migrations/002-number.mjs': rewrite(name) },
    });
    const { project, source, target } = world;
    const up = await project.json('up');
    expect(up).toMatchObject({ exitCode: 0, error: null });
    expect(up.migrations).toMatchObject([
      { id, state: 'waiting' },
      { id: '002-number', state: 'pending', flags: ['blocked'] },
    ]);
    const again = await project.run('up');
    expect(again.code).toBe(0);
    expect(again.stderr).toContain(`\`002-number\` is blocked: \`${id}\` holds a table of it`);
    expect(await project.json('up', '--to', '002-number')).toMatchObject({
      exitCode: 7,
      error: { code: 'MIGRATION_UNFINISHED', migration: '002-number', message: expect.stringContaining(id) },
    });
    expect((await project.run('status')).stdout).toContain('blocked');
    for (const table of [source, target]) {
      expect([...(await world.items(table)).values()].some((item) => 'number' in item)).toBe(false);
    }

    await succeed(world, 'cutover', id, '--offline');
    expect(await statusOf(world, '002-number')).toMatchObject({ flags: ['blocked'] });
    await succeed(world, 'complete', id);
    expect(await succeed(world, 'up')).toMatchObject({ done: ['002-number'] });
  },
  120_000,
);

test('a later migration of another table runs, and steps that would write a table of the move do not', async () => {
  world = await createWorld({ engine, files: { [`migrations/${id}.mjs`]: move } });
  const { project, source, target } = world;
  const other = `${source.slice(0, -'NOTES'.length)}OTHER`;
  await createTable(engine.client, other);
  await world.put(other, { id: { S: '1' } });
  await project.write('migrations/002-number.mjs', rewrite('OTHER'));
  const up = await succeed(world, 'up');
  expect(up.done).toEqual(['002-number']);
  expect((await world.items(other)).get('1')).toEqual({ id: { S: '1' }, number: { N: '1' } });

  for (const name of ['NOTES', 'REMARKS']) {
    await project.write('migrations/003-steps.mjs', steps(name));
    expect(await project.json('up')).toMatchObject({
      exitCode: 7,
      error: {
        code: 'MIGRATION_UNFINISHED',
        migration: '003-steps',
        message: expect.stringContaining(`\`${id}\` holds`),
      },
    });
    expect((await world.items(name === 'NOTES' ? source : target)).has('step')).toBe(false);
  }
  await project.write('migrations/003-steps.mjs', steps('OTHER'));
  expect(await succeed(world, 'up')).toMatchObject({ done: ['003-steps'] });
  expect((await world.items(other)).has('step')).toBe(true);
}, 120_000);
