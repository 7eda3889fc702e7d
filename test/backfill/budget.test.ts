import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { workBackfill } from '../../src/backfill/work-backfill.js';
import { defineMigration, pause, resume, status, table as tableOf, throttle, up } from '../../src/index.js';
import { systemClock } from '../../src/ledger/clock.js';
import type { Lease } from '../../src/ledger/lease.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openSegments } from '../../src/ledger/segments.js';
import { createBackfillHandler } from '../../src/sync-lambda/create-backfill-handler.js';
import { createWorker } from '../../src/sync-lambda/create-worker.js';
import { createKeyedTable, until } from '../move/live-move.js';
import { startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, putItems } from '../support/tables.js';

const id = '001-rename';
const source = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename a to b', from: table('OLD'), to: table('NEW'), up: (items) => items.rename('a', 'b'),
});
`;
const migration = defineMigration({
  description: 'Rename a to b',
  from: tableOf('OLD'),
  to: tableOf('NEW'),
  up: (items) => items.rename('a', 'b'),
});
const signal = new AbortController().signal;

let engine: Awaited<ReturnType<typeof startDynalite>>;
let project: Project;

beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.close());
beforeEach(async () => {
  project = await createProject({ endpoint: engine.endpoint, files: { [`migrations/${id}.ts`]: source } });
  return () => project.dispose();
});

test('processes that work on one backfill are counted while they hold a segment', async () => {
  const table = openMetaTable({ client: engine.client, tableName: 'dynamigrate-shared' });
  await table.ensure();
  const segments = openSegments({ table });
  const binding = { id, direction: 'up', checksum: 'c', run: 1, totalSegments: 4 } as const;
  await segments.layOut(binding);
  const actor = { host: 'here', pid: 1, user: 'ann' };
  const others: (Lease | undefined)[] = [];
  for (const segment of [0, 1, 2]) {
    const state = await segments.get(binding, segment);
    // Two of them in one process.
    const taker = { actor: { ...actor, pid: segment < 2 ? 2 : 3 }, command: 'work', leaseMs: 60_000 };
    if (state) others.push(await segments.take(binding, state, taker));
  }
  const counts: number[] = [];
  await workBackfill({
    ...{ segments, binding, clock: systemClock, signal },
    taker: { actor, command: 'up', leaseMs: 60_000 },
    atOnce: () => 1,
    isOpen: async () => true,
    onProgress: () => undefined,
    onWorkers(processes) {
      counts.push(processes);
      for (const other of others.splice(0, 1)) void other?.release();
    },
    work: ({ segment, position, lease }) => segments.save(lease, binding, segment, { ...position, done: true }),
  });
  expect(counts[0]).toBe(3);
  expect(counts.at(-1)).toBe(1);
}, 60_000);

test('a worker in AWS keeps to its budget, and heeds a throttle from elsewhere', async () => {
  const stop = new AbortController();
  const options = { cwd: project.directory, processEnv: {} };
  await createKeyedTable(engine.client, 'OLD', { id: 'S' });
  const items = Array.from({ length: 2_000 }, (_, index) => ({ id: { S: `i${index}` }, a: { N: `${index}` } }));
  await putItems(engine.client, 'OLD', items);
  // So that `up` itself copies nothing.
  await pause({ ...options, id });
  const running = up({ ...options, offline: true, signal: stop.signal }).catch(() => undefined);
  await until(async () => (await status(options)).migrations[0]?.phase === 'backfill');
  stop.abort();
  await running;
  await resume({ ...options, id });

  const table = openMetaTable({ client: engine.client, tableName: 'dynamigrate' });
  const run = (await openLedger({ table }).get(id))?.run ?? 0;
  const handler = createBackfillHandler({
    ...{ id, migration, source: 'OLD', target: 'NEW', leaseSeconds: 1, region: 'us-east-1', endpoint: engine.endpoint },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    // Two units a second: the segment would take longer than this test may.
    budget: { write: 20 },
    workers: 10,
  });
  const working = handler({ id, run, segment: 0 });
  await until(async () => (await allItems(engine.client, 'NEW')).size > 0);
  expect((await allItems(engine.client, 'NEW')).size).toBeLessThan(100);
  await throttle({ ...options, id, write: 1_000_000 });
  expect(await working).toEqual({ done: true, wait: false });
  expect((await allItems(engine.client, 'NEW')).size).toBeGreaterThan(100);
}, 55_000);

test('a worker is told of its budget by its environment', () => {
  const environment = { SOURCE_TABLE: 'OLD', TARGET_TABLE: 'NEW', META_TABLE: 'dynamigrate' };
  const made = (BUDGET: string) => () =>
    createWorker({ id, checksum: 'c', migration, environment: { ...environment, BUDGET } });
  expect(made('{"write":"25%","onDemand":{"write":4000}}')).not.toThrow();
  expect(made('')).not.toThrow();
  for (const text of ['{', '{"write":"much"}', '{"read":0}', '[1]x']) {
    expect(made(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  }
});
