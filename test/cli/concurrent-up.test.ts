import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, finished, type Project } from '../support/project.js';
import { allItems, createTable } from '../support/tables.js';

// Each run adds one to a counter, and to a second one a while later: two runs at once would show in both.
const counting = `import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { defineSteps } from 'dynamigrate';
export default defineSteps({
  description: 'Count my runs',
  irreversible: 'it only counts',
  async up(ctx) {
    const add = (name) => ctx.client.send(new UpdateItemCommand({
      TableName: 'RUNS', Key: { id: { S: 'runs' } }, UpdateExpression: 'ADD #n :one',
      ExpressionAttributeNames: { '#n': name }, ExpressionAttributeValues: { ':one': { N: '1' } },
    }));
    await add('started');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await add('finished');
  },
});
`;

let server: Dynalite;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  project = await createProject({ endpoint: server.endpoint, files: { 'migrations/001-count.mjs': counting } });
  await createTable(server.client, 'RUNS');
});

afterEach(async () => {
  await project.dispose();
  await server.close();
});

test('twenty processes run up at once, the first time ever: one runs it, the others wait or leave with 3', async () => {
  const children = Array.from({ length: 20 }, (_, index) =>
    finished(project.start('up', '--json', '--lock-timeout', index % 4 === 0 ? '0' : '120')),
  );
  const results = await Promise.all(children);
  const reports = results.map(({ stdout }) => JSON.parse(stdout));
  expect(await allItems(server.client, 'RUNS')).toEqual(
    new Map([['runs', { id: { S: 'runs' }, started: { N: '1' }, finished: { N: '1' } }]]),
  );
  expect(reports.filter(({ done }) => done.length > 0)).toHaveLength(1);
  for (const { code } of results) expect([0, 3]).toContain(code);
  for (const { exitCode, error } of reports) expect(error?.code).toBe(exitCode === 3 ? 'LOCK_HELD' : undefined);
}, 300_000);
