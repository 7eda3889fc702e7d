import { afterEach, beforeEach, expect, test } from 'vitest';
import { defineMigration } from '../../src/definition/define-migration.js';
import { table } from '../../src/definition/table.js';
import { type Clock, systemClock } from '../../src/ledger/clock.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openObligations } from '../../src/ledger/obligations.js';
import { acquireSyncLease } from '../../src/ledger/sync-lease.js';
import { openSyncParts, type SyncParts } from '../../src/sync-lambda/sync-parts.js';
import { openTick } from '../../src/sync-lambda/tick.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { allItems, createTable, putItems } from '../support/tables.js';

const id = '001-move';
const migration = defineMigration({
  description: 'Rename a',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('a', 'b'),
});
const actor = { host: 'here', pid: 1, user: 'ann' };
const by = {
  token: 1,
  nextWrite: () => 0,
  assertHeld: () => undefined,
  lose: (text: string) => new Error(text) as never,
};
const horizonMs = 30_000;

let engine: Dynalite;
let parts: SyncParts;

beforeEach(async () => {
  engine = await startDynalite();
  for (const name of ['OLD', 'NEW']) await createTable(engine.client, name);
  await putItems(engine.client, 'OLD', [{ id: { S: 'one' }, a: { S: 'x' } }]);
  parts = openSyncParts({
    ...{ id, migration, source: 'OLD', target: 'NEW', endpoint: engine.endpoint, region: 'us-east-1' },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await parts.meta.ensure();
  await enter('ready');
  const intents = [{ unit: { id: { S: 'one' } }, keys: [{ id: { S: 'one' } }] }];
  const obligations = openObligations({ table: parts.meta }).bind(id, 'up', 'lambda r1');
  await obligations.add([{ kind: 'reconcile', intents, inFlight: false }]);
});
afterEach(() => engine.close());

async function enter(phase: string): Promise<void> {
  let writes = 0;
  const fence = { ...by, nextWrite: () => ++writes };
  const base = { id, kind: 'move', description: '', checksum: 's1:x', direction: 'up', tables: [] } as const;
  await openLedger({ table: parts.meta }).begin(fence, {
    ...base,
    by: actor,
    toolVersion: '0',
    phase,
    totalSegments: 1,
  });
}

const tick = (clock: Clock) =>
  openTick(
    parts,
    clock,
  )({
    ...{ checksum: 's1:x', toolVersion: '0', functionName: 'f', mapping: 'm1' },
    readMapping: async () => ({ state: 'Enabled', streamArn: 'arn' }),
  });

test('settles what is open when nothing that was under way can land any more', async () => {
  const slept: number[] = [];
  const sleep: Clock['sleep'] = async (ms, options) =>
    ms === horizonMs ? void slept.push(ms) : systemClock.sleep(ms, options);
  expect(await tick({ ...systemClock, sleep })).toMatchObject({ settled: 1 });
  expect(slept).toEqual([horizonMs]);
  expect([...(await allItems(engine.client, 'NEW')).values()]).toEqual([{ id: { S: 'one' }, b: { S: 'x' } }]);
});

test('gives way to a cutover at once: it waits for the lease while writes are held back', async () => {
  const sleep: Clock['sleep'] = async (ms, options = {}) => {
    // A time that never ends, but by its signal.
    if (ms === horizonMs) return new Promise((resolve) => options.signal?.addEventListener('abort', () => resolve()));
    if (ms < 5_000 && options.ref !== false) await enter('cutover');
    else await systemClock.sleep(ms, options);
  };
  expect(await tick({ ...systemClock, sleep })).toMatchObject({ settled: 'not now' });
  expect((await allItems(engine.client, 'NEW')).size).toBe(0);
  expect(await openObligations({ table: parts.meta }).count(id)).toMatchObject({ reconcile: 1 });
  const lease = await acquireSyncLease({
    id,
    table: parts.meta,
    actor,
    command: 'cutover',
    leaseMs: 1_000,
    timeoutMs: 0,
  });
  await lease.release();
});
