import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BeginInput, type Ledger, openLedger } from '../../src/ledger/ledger.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { FakeClock } from './fake-clock.js';
import { fenceOf, leaseLost } from './fences.js';
import { someone } from './lock-world.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let ledger: Ledger;
let clock: FakeClock;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  clock = new FakeClock();
  stored = openMetaTable({ client: dynalite.client, tableName: `ledger-${tables}` });
  await stored.ensure();
  ledger = openLedger({ table: stored, clock });
});

const tick = () => clock.advance(1_000, async () => {});
const input = (id: string, changes: Partial<BeginInput> = {}): BeginInput => ({
  id,
  kind: 'in-place',
  description: 'Split name',
  checksum: 's1:aa',
  direction: 'up',
  tables: ['APP'],
  by: someone,
  toolVersion: '0.1.0',
  ...changes,
});

describe('the ledger', () => {
  it('is empty when the meta table is missing', async () => {
    const missing = openLedger({ table: openMetaTable({ client: dynalite.client, tableName: 'not-there' }) });
    expect(await missing.list()).toEqual([]);
    expect(await missing.get('001-a')).toBeUndefined();
  });

  it('records a run from its beginning to applied', async () => {
    const lease = fenceOf(4);
    const begun = await ledger.begin(lease, input('001-a', { phase: 'scan', totalSegments: 2 }));
    const expected = {
      ...input('001-a', { phase: 'scan', totalSegments: 2 }),
      state: 'running',
      run: 4,
      token: 4,
      startedAt: '2026-01-01T00:00:00.000Z',
    };
    expect(begun).toEqual(expected);
    expect(await ledger.get('001-a')).toEqual(expected);

    const totals = { scanned: 5, changed: 4, errors: 1, readUnits: 2.5, writeUnits: 4 };
    const error = { code: 'TRANSFORM_FAILED', message: 'x'.repeat(5_000), key: 'id=1', at: begun.startedAt };
    const failed = await ledger.update(lease, '001-a', { state: 'failed', phase: undefined, error, totals });
    expect(failed).not.toHaveProperty('phase');
    expect(failed.error?.message).toHaveLength(1_000);

    await tick();
    const applied = await ledger.finish(lease, '001-a');
    expect(applied).toMatchObject({
      state: 'applied',
      order: 1,
      run: 4,
      totals,
      appliedAt: '2026-01-01T00:00:01.000Z',
    });
    expect(applied).not.toHaveProperty('error');
    expect(await ledger.list()).toEqual([applied]);
  });

  it('orders by application, not by id, and puts the unfinished last', async () => {
    const lease = fenceOf(1);
    for (const id of ['003-c', '001-a', '002-b', '000-z']) await ledger.begin(lease, input(id));
    await ledger.finish(lease, '002-b');
    await ledger.finish(lease, '001-a');
    await ledger.baseline(lease, input('005-e'));
    const rows = await ledger.list();
    expect(rows.map(({ id, state, order }) => [id, state, order])).toEqual([
      ['002-b', 'applied', 1],
      ['001-a', 'applied', 2],
      ['005-e', 'baseline', 3],
      ['000-z', 'running', undefined],
      ['003-c', 'running', undefined],
    ]);
  });

  it('keeps the place of a migration on its way down, and forgets it when it is removed', async () => {
    const lease = fenceOf(1);
    for (const id of ['001-a', '002-b']) {
      await ledger.begin(lease, input(id));
      await ledger.finish(lease, id);
    }
    const down = await ledger.begin(lease, input('001-a', { direction: 'down' }));
    expect(down).toMatchObject({ state: 'reverting', order: 1, appliedAt: expect.any(String) });
    await ledger.remove(lease, '001-a');
    expect(await ledger.get('001-a')).toBeUndefined();
    expect((await ledger.list()).map(({ id }) => id)).toEqual(['002-b']);
    await ledger.begin(lease, input('001-a'));
    expect((await ledger.finish(lease, '001-a')).order).toBe(3);
  });

  it('gives every fresh start its own run, even under one lease and after a removal', async () => {
    const lease = fenceOf(3);
    const runs = [
      (await ledger.begin(lease, input('001-a'))).run,
      (await ledger.begin(lease, input('001-a', { direction: 'down' }))).run,
    ];
    await ledger.remove(lease, '001-a');
    runs.push((await ledger.begin(lease, input('001-a'))).run);
    expect(runs).toEqual([3, 4, 5]);
    expect((await ledger.begin(fenceOf(9), input('001-a'))).run).toBe(9);
  });

  it('does not carry an error, a phase or totals into a fresh start', async () => {
    const lease = fenceOf(1);
    await ledger.begin(lease, input('001-a', { phase: 'scan' }));
    const error = { code: 'TRANSFORM_FAILED', message: 'm', at: 'now' };
    await ledger.update(lease, '001-a', { state: 'failed', error });
    await ledger.begin(lease, input('001-a'));
    const row = await ledger.get('001-a');
    expect(row).toMatchObject({ state: 'running' });
    expect(row).not.toHaveProperty('error');
    expect(row).not.toHaveProperty('phase');
  });

  it('keeps what a move has to remember, also on its way down, and not beyond', async () => {
    const lease = fenceOf(1);
    await ledger.begin(lease, input('001-a', { kind: 'move' }));
    const up = { arn: 'arn:1', enabledByUs: true };
    const move = { source: 'prod-A', target: 'prod-B', streams: { up, down: undefined }, fenced: undefined };
    const updated = await ledger.update(lease, '001-a', { state: 'waiting', move });
    expect(updated.move).toStrictEqual({ source: 'prod-A', target: 'prod-B', streams: { up } });
    await ledger.finish(lease, '001-a');
    const down = await ledger.begin(lease, input('001-a', { kind: 'move', direction: 'down' }));
    expect(down.move).toStrictEqual(updated.move);
    expect((await ledger.get('001-a'))?.move).toStrictEqual(updated.move);
    await ledger.remove(lease, '001-a');
    expect(await stored.get({ pk: 'ledger', sk: 'migration#001-a' })).not.toHaveProperty('move');
    await ledger.begin(lease, input('001-a', { kind: 'move', direction: 'down' }));
    expect(await ledger.get('001-a')).not.toHaveProperty('move');
    await ledger.update(lease, '001-a', { move });
    await ledger.begin(lease, input('001-a', { kind: 'move' }));
    expect(await ledger.get('001-a')).not.toHaveProperty('move');
  });

  it('refuses to change a row that was never begun', async () => {
    await expect(ledger.update(fenceOf(1), '001-a', { state: 'failed' })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('a zombie', () => {
  it('writes until its row is claimed, and never again', async () => {
    const [zombie, next] = [fenceOf(1), fenceOf(2)];
    const { run } = await ledger.begin(zombie, input('001-a'));
    await ledger.update(zombie, '001-a', { phase: 'scan' });
    const [claimed] = await ledger.claimUnfinished(next);
    expect(claimed).toMatchObject({ run, token: 2, state: 'running', phase: 'scan' });
    await expect(ledger.update(zombie, '001-a', { phase: 'verify' })).rejects.toMatchObject(leaseLost);
    await expect(ledger.finish(zombie, '001-a')).rejects.toMatchObject(leaseLost);
    await expect(ledger.remove(zombie, '001-a')).rejects.toMatchObject(leaseLost);
    await expect(ledger.begin(zombie, input('001-a'))).rejects.toMatchObject(leaseLost);
    expect(zombie.losses).toHaveLength(4);
    expect(await ledger.get('001-a')).toEqual(claimed);
  });

  it('cannot begin again what was applied and taken back meanwhile', async () => {
    const [zombie, next] = [fenceOf(1), fenceOf(2)];
    await ledger.begin(next, input('001-a'));
    await ledger.finish(next, '001-a');
    await ledger.remove(next, '001-a');
    await expect(ledger.begin(zombie, input('001-a'))).rejects.toMatchObject(leaseLost);
    await expect(ledger.baseline(zombie, input('001-a'))).rejects.toMatchObject(leaseLost);
    expect(await ledger.list()).toEqual([]);
  });

  it('sends nothing once it knows that its lease is lost', async () => {
    const lease = fenceOf(1);
    await ledger.begin(lease, input('001-a'));
    const lost = {
      ...lease,
      assertHeld: () => {
        throw lease.lose('frozen for too long');
      },
    };
    await expect(ledger.update(lost, '001-a', { state: 'paused' })).rejects.toMatchObject(leaseLost);
    await expect(ledger.begin(lost, input('002-b'))).rejects.toMatchObject(leaseLost);
    expect((await ledger.list()).map(({ id, state }) => [id, state])).toEqual([['001-a', 'running']]);
  });

  it('claims no rows that are done', async () => {
    await ledger.begin(fenceOf(1), input('001-a'));
    await ledger.finish(fenceOf(2), '001-a');
    await ledger.baseline(fenceOf(2), input('002-b'));
    const rows = await ledger.claimUnfinished(fenceOf(3));
    expect(rows.map(({ token }) => token)).toEqual([2, 2]);
  });
});

describe('requests that land late or twice', () => {
  it('does not let an older write of the same lease undo a newer one', async () => {
    const lease = fenceOf(1);
    await ledger.begin(lease, input('001-a'));
    let land: () => Promise<unknown> = async () => {};
    const lossy = openLedger({
      table: {
        ...stored,
        update: (...args) => {
          land = () => stored.update(...args);
          return Promise.reject(new Error('timeout'));
        },
      },
    });
    await expect(lossy.update(lease, '001-a', { state: 'paused' })).rejects.toThrow('timeout');
    await ledger.finish(lease, '001-a');
    expect(await land()).toBeUndefined();
    expect(await ledger.get('001-a')).toMatchObject({ state: 'applied' });
  });

  it('takes a repeated request whose first answer was lost for what it is', async () => {
    const lease = fenceOf(1);
    const twice = openLedger({
      table: {
        ...stored,
        put: async (row, guard) => {
          await stored.put(row, guard);
          return stored.put(row, guard);
        },
        update: async (key, change, guard) => {
          await stored.update(key, change, guard);
          return stored.update(key, change, guard);
        },
      },
    });
    await twice.begin(lease, input('001-a'));
    expect(await twice.update(lease, '001-a', { state: 'paused' })).toMatchObject({ state: 'paused' });
    expect(lease.losses).toEqual([]);
  });

  it('makes every one of many updates at once', async () => {
    const lease = fenceOf(1);
    await ledger.begin(lease, input('001-a'));
    const changes = [{ phase: 'scan' }, { totalSegments: 7 }, { description: 'new' }, { checksum: 's1:bb' }] as const;
    await Promise.all(changes.map((change) => ledger.update(lease, '001-a', change)));
    expect(await ledger.get('001-a')).toMatchObject(Object.assign({}, ...changes));
  });
});
