import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { openSegments } from '../../src/ledger/segments.js';
import { type EngineProxy, startProxy } from '../dynamodb/proxy.js';
import { createKeyedTable, until } from '../move/live-move.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { type CliResult, createProject, finished, type Project } from '../support/project.js';
import { allItems, putItems } from '../support/tables.js';

const size = 6_000;
const id = '001-rename';
const migration = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename a to b',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('a', 'b'),
});
`;

let engine: Dynalite;
let project: Project;
let proxy: EngineProxy;
let table: MetaTable;
let openGate: () => void;

beforeEach(async () => {
  engine = await startDynalite();
  // The third page of each segment waits until the test has seen what it wants to see.
  const gate = new Promise<undefined>((resolve) => {
    openGate = () => resolve(undefined);
  });
  const pages = new Map<unknown, number>();
  proxy = await startProxy(engine.endpoint, ({ operation, input: { Segment } }) => {
    if (operation !== 'Scan') return undefined;
    pages.set(Segment, (pages.get(Segment) ?? 0) + 1);
    return (pages.get(Segment) ?? 0) > 2 ? gate : undefined;
  });
  project = await createProject({
    endpoint: proxy.endpoint,
    environment: 'leaseSeconds: 6',
    files: { [`migrations/${id}.mjs`]: migration },
  });
  table = openMetaTable({ client: engine.client, tableName: 'dynamigrate' });
  await createKeyedTable(engine.client, 'OLD', { id: 'S' });
  const items = Array.from({ length: size }, (_, index): RawItem => ({ id: { S: `i${index}` }, a: { N: `${index}` } }));
  await putItems(engine.client, 'OLD', items);
}, 120_000);
afterEach(async () => {
  await project.dispose();
  await proxy.close();
  await engine.close();
});

/** The processes that hold segments, by their pid. */
async function holders(): Promise<number[]> {
  const states = await openSegments({ table }).listAll(id);
  return states.flatMap(({ holder }) => holder?.pid ?? []);
}

/** Resolves when this process has saved a page of a segment that it still holds; fails when it ends before. */
async function atWork({ pid }: ChildProcess, ended: Promise<CliResult>): Promise<void> {
  let early: CliResult | undefined;
  void ended.then((result) => {
    early = result;
  });
  await until(async () => {
    if (early) throw new Error(`ended too early: ${early.code} ${early.stderr}`);
    const states = await openSegments({ table }).listAll(id);
    return states.some(({ holder, position }) => holder?.pid === pid && position.pages > 0 && !position.done);
  }, 20);
}

async function expectCopied(): Promise<void> {
  const copied = await allItems(engine.client, 'NEW');
  expect(copied.size).toBe(size);
  expect(copied.get('i7')).toEqual({ id: { S: 'i7' }, b: { N: '7' } });
  expect(await project.json('verify', id)).toMatchObject({ ok: true, verify: { missing: 0, extra: 0, different: 0 } });
  expect(await project.json('status', id)).toMatchObject({
    migrations: [{ phase: 'ready', progress: { scanned: size } }],
  });
}

test('the helper is killed, and `up` does what it had', async () => {
  const up = project.start('up');
  const ended = finished(up);
  await atWork(up, ended);
  const helper = project.start('work', id);
  const killed = finished(helper);
  await atWork(helper, killed);
  helper.kill('SIGKILL');
  await killed;
  expect(await holders()).toContain(helper.pid);
  openGate();
  const { code, stderr } = await ended;
  expect([code, stderr]).toEqual([0, expect.stringContaining('6,000 of 6,000 items copied')]);
  await expectCopied();
}, 110_000);

test('`up` is killed, the helper ends the backfill, and the next `up` finds everything done', async () => {
  const up = project.start('up');
  const killed = finished(up);
  await atWork(up, killed);
  const helper = finished(project.start('work', id));
  up.kill('SIGKILL');
  await killed;
  openGate();
  const { code, stderr } = await helper;
  expect([code, stderr]).toEqual([0, expect.stringContaining('6,000 of 6,000 items copied')]);
  const states = await openSegments({ table }).listAll(id);
  expect(states.every(({ position, holder }) => position.done && !holder)).toBe(true);
  expect((await openLedger({ table }).get(id))?.phase).toBe('backfill');
  expect(await project.json('up')).toMatchObject({ ok: true });
  await expectCopied();
}, 110_000);

test('a helper leaves when the move is taken back, and lets go of its segments', async () => {
  const up = project.start('up');
  const ended = finished(up);
  await atWork(up, ended);
  const helper = project.start('work', id);
  const left = finished(helper);
  await atWork(helper, left);
  up.kill('SIGKILL');
  await ended;
  const down = project.json('down');
  await until(async () => (await openLedger({ table }).get(id))?.direction === 'down');
  openGate();
  expect(await down).toMatchObject({ ok: true, migrations: [{ state: 'pending' }] });
  const { code, stderr } = await left;
  expect([code, stderr]).toEqual([0, expect.stringContaining('there is nothing to work on')]);
  expect(await openSegments({ table }).listAll(id)).toEqual([]);
}, 110_000);

test('a helper is told what is wrong before it has written anything', async () => {
  expect(await project.json('work', '002-other')).toMatchObject({ exitCode: 64, error: { code: 'UNKNOWN_MIGRATION' } });
  expect(await project.json('work', id)).toMatchObject({ exitCode: 7, error: { code: 'MIGRATION_UNFINISHED' } });
}, 60_000);
