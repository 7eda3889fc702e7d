import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createTable } from '../support/tables.js';
import { createWorld, id, killAt, moments, move, succeed, type World } from './cutover-world.js';

let engine: Dynalite;
let world: World;
const path = `migrations/${id}.mjs`;
const expecting = move.replace("to: table('REMARKS'),", "to: table('REMARKS'),\n  target: { expect: true },");

beforeEach(async () => {
  engine = await startDynalite();
  world = await createWorld({ engine, files: { [path]: expecting } });
  await createTable(engine.client, world.target);
  await succeed(world, 'up');
});
afterEach(async () => {
  await world.dispose();
  await engine.close();
});

test('a move in the middle of its switch-over is neither forgotten nor called done', async () => {
  const { project } = world;
  await killAt(world, { moment: moments.freeze }, 'cutover', id, '--offline');
  expect(await project.json('baseline', id, '--reason', 'a test')).toMatchObject({
    exitCode: 7,
    error: { code: 'MIGRATION_UNFINISHED' },
  });
  await project.remove(path);
  expect(await project.json('repair', id, '--reason', 'a test')).toMatchObject({
    exitCode: 7,
    error: { code: 'MIGRATION_UNFINISHED', fix: expect.stringContaining('restore its file') },
  });
  await project.write(path, expecting);
  await succeed(world, 'cutover', id, '--abort');
  expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
}, 120_000);

test('one that was forgotten does not copy the old table over the one that is in use', async () => {
  const { project, target } = world;
  await succeed(world, 'cutover', id, '--offline');
  await succeed(world, 'complete', id);
  await project.remove(path);
  await succeed(world, 'repair', id, '--reason', 'a test');
  await project.write(path, expecting);
  const newer = { id: { S: 'seed-1' }, kind: { S: 'live' }, remark: { S: 'newer' }, channel: { S: 'EMAIL' } };
  await world.put(target, newer);
  expect(await project.json('up')).toMatchObject({ exitCode: 5, error: { code: 'TABLE_DRIFT' } });
  expect((await world.items(target)).get('seed-1')).toEqual(newer);
  await succeed(world, 'baseline', id, '--reason', 'a test');
}, 120_000);
