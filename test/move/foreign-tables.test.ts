import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serviceError } from '../dynamodb/proxy.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createTable } from '../support/tables.js';
import { createWorld, id, move, statusOf, succeed, type World } from './cutover-world.js';

let engine: Dynalite;
let world: World;

beforeEach(async () => {
  engine = await startDynalite();
  world = await createWorld({ engine });
});
afterEach(async () => {
  await world.dispose();
  await engine.close();
});

const foreign = { id: { S: 'theirs' }, kind: { S: 'live' } };

async function remove(table: string): Promise<void> {
  await engine.client.send(new DeleteTableCommand({ TableName: table }));
}

async function replace(table: string): Promise<void> {
  await remove(table);
  await createTable(engine.client, table);
  await world.put(table, foreign);
}

test('a target that was deleted and made anew is not switched to, and not deleted', async () => {
  const { project, target } = world;
  await succeed(world, 'up');
  await remove(target);
  expect(await project.json('cutover', id, '--offline')).toMatchObject({ error: { code: 'TABLE_NOT_FOUND' } });
  await createTable(engine.client, target);
  await world.put(target, foreign);
  for (const args of [
    ['cutover', id, '--offline'],
    ['verify', id, '--repair'],
  ]) {
    expect(await project.json(...args)).toMatchObject({ exitCode: 5, error: { code: 'TABLE_DRIFT' } });
  }
  expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
  expect(await succeed(world, 'down')).toMatchObject({ warnings: [expect.stringContaining('made it anew')] });
  expect([...(await world.items(target)).values()]).toEqual([foreign]);
  // Nor is it taken for the move's by the next one.
  expect(await project.json('up')).toMatchObject({ error: { code: 'TABLE_EXISTS' } });
  await succeed(world, 'down');
  expect([...(await world.items(target)).values()]).toEqual([foreign]);
}, 120_000);

test('a table that the role could not make is not the move’s when somebody else makes it', async () => {
  const { project, proxy, target } = world;
  proxy.intercept = ({ operation, input }) =>
    operation === 'CreateTable' && input.TableName === target ? serviceError('AccessDeniedException') : undefined;
  expect(await project.json('up')).toMatchObject({ error: { code: 'ACCESS_DENIED' } });
  proxy.intercept = () => undefined;
  await createTable(engine.client, target);
  await world.put(target, foreign);
  expect(await project.json('up')).toMatchObject({ error: { code: 'TABLE_EXISTS' } });
  await succeed(world, 'down');
  expect([...(await world.items(target)).values()]).toEqual([foreign]);
}, 120_000);

test('a table with the name of a source that was dropped is nothing to go back to', async () => {
  const { project, source } = world;
  await succeed(world, 'up');
  await succeed(world, 'cutover', id, '--offline');
  await succeed(world, 'complete', id, '--drop-source', '--yes');
  await createTable(engine.client, source);
  await world.put(source, foreign);
  expect(await project.json('down', '--offline')).toMatchObject({ exitCode: 8, error: { code: 'IRREVERSIBLE' } });
  expect([...(await world.items(source)).values()]).toEqual([foreign]);
}, 120_000);

test('after the cutover, a source that was made anew is not made equal to the target', async () => {
  const { project, source } = world;
  await succeed(world, 'up');
  await succeed(world, 'cutover', id, '--offline');
  await replace(source);
  for (const args of [
    ['down', '--offline'],
    ['verify', id, '--repair'],
    ['complete', id, '--drop-source', '--yes'],
  ]) {
    expect(await project.json(...args)).toMatchObject({ exitCode: 5, error: { code: 'TABLE_DRIFT' } });
  }
  expect([...(await world.items(source)).values()]).toEqual([foreign]);
}, 120_000);

test('a move whose source is gone can be given up, and keeps what was copied', async () => {
  const { project, source, target } = world;
  await succeed(world, 'up');
  await remove(source);
  expect(await project.json('up')).toMatchObject({ exitCode: 0 });
  expect(await succeed(world, 'down')).toMatchObject({ warnings: [expect.stringContaining('all that is left')] });
  expect((await world.items(target)).size).toBe(16);
  expect(await project.json('status')).toMatchObject({ migrations: [{ id, state: 'pending' }] });
}, 120_000);

test('a move without either of its tables can be given up', async () => {
  const { project, source, target } = world;
  await project.write(
    `migrations/${id}.mjs`,
    move.replace("table('REMARKS')", "table('REMARKS', { partitionKey: 'id' })"),
  );
  await succeed(world, 'up');
  await remove(source);
  await remove(target);
  await succeed(world, 'down');
  expect(await project.json('status')).toMatchObject({ migrations: [{ id, state: 'pending' }] });
}, 60_000);

test('names that the environment gives to other tables in the middle of a move', async () => {
  const { project, proxy, source, target, metaTable } = world;
  await succeed(world, 'up');
  await createTable(engine.client, `${target}-2`);
  const prefix = source.slice(0, -'NOTES'.length);
  await project.write(
    'migrate.config.mjs',
    `export default { environments: { local: { endpoint: '${proxy.endpoint}', leaseSeconds: 8, metaTable: '${metaTable}',
      tableName: (name) => '${prefix}' + name + (name === 'REMARKS' ? '-2' : '') } } };\n`,
  );
  for (const args of [['cutover', id, '--offline'], ['down']]) {
    expect(await project.json(...args)).toMatchObject({ exitCode: 64, error: { code: 'CONFIG_INVALID' } });
  }
  expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'ready' });
}, 120_000);
