import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { createTable, putItems } from '../support/tables.js';

let server: Dynalite;
let project: Project;

beforeAll(async () => {
  server = await startDynalite();
  project = await createProject({ endpoint: server.endpoint });
  await createTable(server.client, 'ONE');
  await createTable(server.client, 'TWO');
  const items = Array.from({ length: 60 }, (_, index) => ({ id: { S: `${index}` } }));
  await putItems(server.client, 'ONE', items);
  await putItems(server.client, 'TWO', items.slice(0, 7));
});

afterAll(async () => {
  await project.dispose();
  await server.close();
});

test('every table that is named is counted', async () => {
  expect(await project.run('count', 'ONE', 'TWO')).toMatchObject({ code: 0, stdout: 'ONE  60\nTWO  7\n' });
});

test('a table that is not there is an error, also among others', async () => {
  expect(await project.json('count', 'NOPE', 'ONE')).toMatchObject({ exitCode: 1, error: { code: 'TABLE_NOT_FOUND' } });
});

test('of a flag that is given twice the last one counts', async () => {
  expect((await project.run('count', 'ONE', '--env', 'nope', '--env', 'local')).code).toBe(0);
});
