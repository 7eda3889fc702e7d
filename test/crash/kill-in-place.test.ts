import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, finished, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

// Adds one and is told apart by nothing but `v`: applied twice it would show.
const increment = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Add one',
  table: table('COUNTERS'),
  up: (items) => items.map((item) => ({ ...item, n: item.n + 1, v: 2 }), { needed: (item) => item.v !== 2 }),
  down: (items) => items.map(({ v, ...item }) => ({ ...item, n: item.n - 1 }), { needed: (item) => item.v === 2 }),
});
`;

const size = 20_000;
const kills = 50;

let server: Dynalite;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  project = await createProject({
    endpoint: server.endpoint,
    environment: 'leaseSeconds: 1',
    files: { 'migrations/001-increment.mjs': increment },
  });
  await createTable(server.client, 'COUNTERS');
  await putItems(
    server.client,
    'COUNTERS',
    Array.from({ length: size }, (_, index): RawItem => ({ id: { S: `item-${index}` }, n: { N: String(index) } })),
  );
}, 120_000);

afterEach(async () => {
  await project.dispose();
  await server.close();
});

test(`killed ${kills} times at random moments, every item is transformed exactly once`, async () => {
  let killed = 0;
  for (; killed < kills; killed++) {
    const child = project.start('up', '--quiet');
    const ended = finished(child);
    const early = await Promise.race([ended, delay(1_000 + Math.random() * 2_500)]);
    if (early) {
      expect(early).toMatchObject({ code: 0, stderr: '' });
      break;
    }
    child.kill('SIGKILL');
    await ended;
  }
  const last = await project.json('up');
  expect(last).toMatchObject({ ok: true, error: null });
  expect(last.migrations).toMatchObject([{ state: 'applied' }]);
  const items = await allItems(server.client, 'COUNTERS');
  expect(items.size).toBe(size);
  for (let index = 0; index < size; index++) {
    expect(items.get(`item-${index}`)).toEqual({ id: { S: `item-${index}` }, n: { N: String(index + 1) }, v: { N: '2' } });
  }
  console.log(`killed ${killed} times`);
}, 900_000);
