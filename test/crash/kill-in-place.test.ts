import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { openCheckpoints } from '../../src/ledger/checkpoints.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
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

const segments = 4;

let server: Dynalite;
let project: Project;
let scans = 0;

beforeEach(async () => {
  server = await startDynalite({
    onRequest: (operation) => {
      if (operation === 'Scan') scans += 1;
    },
  });
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
  const checkpoints = openCheckpoints({ table: openMetaTable({ client: server.client, tableName: 'dynamigrate' }) });
  const savedPages = async () =>
    (await checkpoints.list('001-increment')).reduce((pages, { pages: ofSegment }) => pages + ofSegment, 0);
  let killed = 0;
  let preflightDone = false;
  while (killed < kills) {
    const before = { scans, saved: await savedPages() };
    const child = project.start('up', '--quiet');
    const ended = finished(child);
    const early = await Promise.race([ended, delay(400 + Math.random() * 1_600)]);
    if (early?.code === 0) break;
    if (early) {
      // With so short a lease a busy machine can miss a heartbeat; the run has stopped by itself then.
      expect(early.stderr).toContain('LEASE_LOST');
      continue;
    }
    child.kill('SIGKILL');
    await ended;
    killed += 1;
    const saved = (await savedPages()) - before.saved;
    // What was read and not saved is read again: the page in work, and the one that was read ahead meanwhile. And, until
    // it is over, the preflight.
    const again = scans - before.scans - saved;
    expect(again).toBeLessThanOrEqual((preflightDone ? 2 : 3) * segments);
    preflightDone ||= saved > 0;
  }
  let last = await project.json('up');
  while (last.error?.code === 'LEASE_LOST') last = await project.json('up');
  expect(last).toMatchObject({ ok: true, error: null });
  expect(last.migrations).toMatchObject([{ state: 'applied' }]);
  const items = await allItems(server.client, 'COUNTERS');
  expect(items.size).toBe(size);
  for (let index = 0; index < size; index++) {
    expect(items.get(`item-${index}`)).toEqual({
      id: { S: `item-${index}` },
      n: { N: String(index + 1) },
      v: { N: '2' },
    });
  }
  // On a machine so fast that it was done before, the test has not tested what it says.
  expect(killed).toBe(kills);
}, 900_000);
