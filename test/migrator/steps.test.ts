import { afterEach, beforeEach, expect, test } from 'vitest';
import { down, type MigrateEvent, status, up } from '../../src/index.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

let server: Dynalite;
let project: Project;
let events: MigrateEvent[];

beforeEach(async () => {
  events = [];
  server = await startDynalite();
  project = await createProject({ endpoint: server.endpoint });
});
afterEach(async () => {
  await project.dispose();
  await server.close();
});

const options = () => ({
  cwd: project.directory,
  processEnv: {},
  onEvent: (event: MigrateEvent) => events.push(event),
});
const stepEvents = () => events.flatMap((event) => (event.type === 'step' ? [`${event.name} ${event.state}`] : []));
const tables = async () => {
  const { ListTablesCommand } = await import('@aws-sdk/client-dynamodb');
  const { TableNames = [] } = await server.client.send(new ListTablesCommand({}));
  return TableNames.filter((name) => name !== 'dynamigrate');
};
const steps = (up_: string, rest = "irreversible: 'x'") => `import { existsSync } from 'node:fs';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand, ScanCommand as Scan } from '@aws-sdk/lib-dynamodb';
import { defineSteps } from 'dynamigrate';
const table = (name) => ({ name, partitionKey: { name: 'id', type: 'S' } });
const mended = () => existsSync(new URL('../mended', import.meta.url));
export default defineSteps({ description: 'x', up: async (ctx) => { ${up_} }, ${rest} });
`;
const two = steps(
  `await ctx.step('first', () => ctx.tables.create(table('FIRST')));
  await ctx.step('second', () => { if (!mended()) throw new Error('no'); return ctx.tables.create(table('SECOND')); });
  await ctx.step('third', () => {});`,
  `down: async (ctx) => {
    await ctx.step('second', () => ctx.tables.delete('SECOND'));
    await ctx.step('first', () => ctx.tables.delete('FIRST'));
  }`,
);

test('a step that fails: failed; the next up skips what is done, and goes on', async () => {
  await project.write('migrations/001-two.mjs', two);
  await project.write('migrations/002-after.mjs', steps("ctx.log('ran')"));
  await expect(up(options())).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    migration: '001-two',
    message: expect.stringContaining('no'),
    cause: expect.objectContaining({ message: 'no' }),
  });
  expect((await status(options())).migrations).toMatchObject([
    { id: '001-two', state: 'failed', error: { code: 'MIGRATION_FAILED' } },
    { id: '002-after', state: 'pending' },
  ]);
  expect(stepEvents()).toEqual(['first started', 'first done', 'second started']);

  await project.write('mended', '');
  events = [];
  const { done } = await up(options());
  expect(done).toEqual(['001-two', '002-after']);
  expect(stepEvents()).toEqual(['first skipped', 'second started', 'second done', 'third started', 'third done']);
  expect(await tables()).toEqual(['FIRST', 'SECOND']);
  expect(events).toContainEqual(expect.objectContaining({ type: 'log', id: '002-after', message: 'ran' }));
});

test('down, and up again, really run every step', async () => {
  await project.write('migrations/001-two.mjs', two);
  await project.write('mended', '');
  for (let round = 0; round < 2; round++) {
    events = [];
    await up(options());
    expect(await tables()).toEqual(['FIRST', 'SECOND']);
    await down(options());
    expect(await tables()).toEqual([]);
    expect(stepEvents().filter((text) => text.endsWith('done'))).toHaveLength(5);
  }
});

test('down of half-applied steps takes back what was done, and minds not what never was', async () => {
  await project.write('migrations/001-two.mjs', two);
  await expect(up(options())).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
  expect(await tables()).toEqual(['FIRST']);
  const { migrations } = await down(options());
  expect(migrations).toMatchObject([{ id: '001-two', state: 'pending' }]);
  expect(await tables()).toEqual([]);
});

test.each([
  ['in a step', two],
  ['outside', steps("await ctx.tables.create(table('FIRST'))")],
])('%s, a table that is there already is never taken for the own one', async (_where, text) => {
  await createTable(server.client, 'FIRST');
  await project.write('migrations/001-two.mjs', text);
  for (let count = 0; count < 3; count++) {
    await expect(up(options())).rejects.toMatchObject({ code: 'TABLE_EXISTS', migration: '001-two' });
  }
  expect((await status(options())).migrations).toMatchObject([{ state: 'failed', error: { code: 'TABLE_EXISTS' } }]);
  // Nor deleted, when the migration that stopped at it is taken back.
  if (text === two) expect((await down(options())).migrations).toMatchObject([{ state: 'pending' }]);
  expect(await tables()).toEqual(['FIRST']);
});

test('two steps of one name are refused, the first is not run twice', async () => {
  await project.write('migrations/001-x.mjs', steps("await ctx.step('a', () => {}); await ctx.step('a', () => {});"));
  await expect(up(options())).rejects.toMatchObject({ code: 'MIGRATION_INVALID', migration: '001-x', exitCode: 4 });
  expect(stepEvents()).toEqual(['a started', 'a done']);
});

test('a dry run stops writes of every client before they are sent, and tells them', async () => {
  await createTable(server.client, 'USERS');
  await putItems(server.client, 'USERS', [{ id: { S: '1' } }]);
  await project.write(
    'migrations/001-writes.mjs',
    steps(`
    await ctx.step('read', async () => {
      const raw = await ctx.client.send(new ScanCommand({ TableName: 'USERS' }));
      const { Items } = await ctx.documents.send(new Scan({ TableName: 'USERS' }));
      ctx.log('read ' + raw.Items.length + ' and ' + Items[0].id + ' ' + ctx.dryRun);
    });
    await ctx.step('raw', () => ctx.client.send(new PutItemCommand({ TableName: 'USERS', Item: { id: { S: '2' } } })));
    await ctx.step('document', () => ctx.documents.send(new PutCommand({ TableName: 'USERS', Item: { id: '3' } })));
    await ctx.step('table', () => ctx.tables.create(table('NEW')));
    await ctx.client.send(new PutItemCommand({ TableName: 'USERS', Item: { id: { S: '4' } } }));`),
  );
  const { migrations } = await up({ ...options(), dryRun: true });
  expect(events.find((event) => event.type === 'dry-run')).toEqual({
    type: 'dry-run',
    id: '001-writes',
    direction: 'up',
    lines: [
      'step read: writes nothing',
      'step raw: would call PutItem on USERS',
      'step document: would call PutItem on USERS',
      'step table: would call CreateTable on NEW',
      'would call PutItem on USERS',
    ],
  });
  expect(events).toContainEqual({ type: 'log', id: '001-writes', message: 'read 1 and 1 true' });
  expect(migrations).toMatchObject([{ state: 'pending' }]);
  expect([...(await allItems(server.client, 'USERS')).keys()]).toEqual(['1']);
  expect(await tables()).toEqual(['USERS']);
});

test('a dry run that cannot be followed says so, and fails nothing', async () => {
  await project.write('migrations/001-x.mjs', steps("throw new Error('needs the table')"));
  const { exitCode } = await up({ ...options(), dryRun: true });
  expect(exitCode).toBe(0);
  expect(events.find((event) => event.type === 'dry-run')).toMatchObject({
    lines: [expect.stringContaining('needs the table')],
  });
});

test('a listener that throws does not stop the work', async () => {
  await project.write('migrations/001-two.mjs', two);
  await project.write('mended', '');
  const report = await up({
    ...options(),
    onEvent: () => {
      throw new Error('broken terminal');
    },
  });
  expect(report).toMatchObject({ ok: true, done: ['001-two'] });
  expect(await tables()).toEqual(['FIRST', 'SECOND']);
});
