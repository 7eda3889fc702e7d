import { afterEach, beforeEach, expect, test } from 'vitest';
import { serviceError } from '../dynamodb/proxy.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createWorld, id, succeed, type World } from './cutover-world.js';

let engine: Dynalite;
let world: World;

beforeEach(async () => {
  engine = await startDynalite();
  world = await createWorld({ engine });
  await succeed(world, 'up');
});
afterEach(async () => {
  await world.dispose();
  await engine.close();
});

async function look(...flags: string[]) {
  const { exitCode, gates = [], next } = await world.project.json('cutover', id, '--dry-run', ...flags);
  const closed = gates.filter(({ open }) => !open).map(({ name }) => name);
  return { exitCode, gates, closed, next: next.map(({ command }) => command) };
}

test('other regions of a global table want a word of their own', async () => {
  const { proxy, project, source } = world;
  proxy.intercept = async ({ operation, input, forward }) => {
    if (operation !== 'DescribeTable' || input.TableName !== source) return undefined;
    const { status, body } = await forward();
    const { Table } = JSON.parse(body) as { Table: object };
    return { status, body: JSON.stringify({ Table: { ...Table, Replicas: [{ RegionName: 'eu-west-1' }] } }) };
  };
  const closed = await look('--offline');
  expect(closed).toMatchObject({ exitCode: 8, closed: ['replicas'] });
  expect(closed.next).toEqual([`migrate cutover ${id} --offline --accept-replicas`]);
  expect(await project.json('cutover', id, '--offline')).toMatchObject({
    exitCode: 8,
    error: { code: 'CUTOVER_REFUSED', message: expect.stringContaining('writes in eu-west-1') },
  });
  await succeed(world, 'cutover', id, '--offline', '--accept-replicas');
}, 60_000);

test('a role that may not look at policies is refused before writes are held back', async () => {
  world.proxy.intercept = ({ operation }) =>
    operation === 'GetResourcePolicy' ? serviceError('AccessDeniedException') : undefined;
  expect(await look('--offline')).toMatchObject({ exitCode: 8, closed: ['fence'], next: [] });
}, 60_000);

test('what opens a gate is told as a command, and the time is that of the pointer', async () => {
  const { project, proxy, metaTable, source } = world;
  const prefix = source.slice(0, -'NOTES'.length);
  const config = (cutover: string) =>
    `export default { environments: { local: { endpoint: '${proxy.endpoint}', leaseSeconds: 8, metaTable: '${metaTable}',
      tableName: (name) => '${prefix}' + name, cutover: ${cutover} } } };\n`;
  await project.write('migrate.config.mjs', config('{ cacheSeconds: 60, writeSeconds: 60 }'));
  const { next, gates, closed } = await look();
  expect(closed).toEqual(['sync']);
  expect(next).toEqual([`migrate cutover ${id} --offline`]);
  expect(gates.find(({ name }) => name === 'writers')?.value).not.toContain('120 s');
}, 60_000);
