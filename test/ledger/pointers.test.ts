import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { followPointers } from '../../src/ledger/follow-pointers.js';
import { LOCK_KEY } from '../../src/ledger/lock-row.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { drainMs, openPointers, type PointerInput, type Pointers } from '../../src/ledger/pointers.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { FakeClock } from './fake-clock.js';
import { fenceOf, leaseLost } from './fences.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let pointers: Pointers;
let clock: FakeClock;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  clock = new FakeClock();
  stored = openMetaTable({ client: dynalite.client, tableName: `pointers-${tables}` });
  await stored.ensure();
  pointers = openPointers({ table: stored, clock });
});

const move = (migration: string, from: string, to: string, changes: Partial<PointerInput> = {}): PointerInput => ({
  name: from,
  migration,
  source: `prod-${from}`,
  target: `prod-${to}`,
  targetName: to,
  cacheMs: 5_000,
  writeMs: 10_000,
  ...changes,
});
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const leadsTo = async (name: string) => (await followPointers(name, pointers.get)).table;

/** A whole move: its pointer is made, and flipped. */
async function moved(migration: string, from: string, to: string): Promise<void> {
  const lease = fenceOf(9);
  await pointers.ensure(lease, move(migration, from, to));
  await pointers.freeze(lease, from);
  await pointers.flip(lease, from, 'target');
}

describe('a pointer', () => {
  it('goes from source to target, and back', async () => {
    const lease = fenceOf(1);
    expect(await pointers.get('A')).toBeUndefined();
    const made = { ...move('002', 'A', 'B'), active: 'source', frozen: false, order: 1, changedAt: at(0) } as const;
    expect(await pointers.ensure(lease, move('002', 'A', 'B'))).toEqual(made);
    expect(await pointers.get('A')).toEqual(made);
    await clock.advance(1_000, async () => {});
    const frozen = { ...made, frozen: true, changedAt: at(1) };
    expect(await pointers.freeze(lease, 'A')).toEqual(frozen);
    expect(await pointers.list()).toEqual([frozen]);
    const flipped = { ...made, active: 'target', changedAt: at(1) };
    expect(await pointers.flip(lease, 'A', 'target')).toEqual(flipped);
    expect(await pointers.get('A')).toEqual(flipped);
    await pointers.freeze(lease, 'A');
    expect(await pointers.unfreeze(lease, 'A')).toEqual(flipped);
    await pointers.freeze(lease, 'A');
    expect(await pointers.flip(lease, 'A', 'source')).toEqual({ ...made, changedAt: at(1) });
    await pointers.remove(lease, 'A');
    expect([await pointers.get('A'), await pointers.list()]).toEqual([undefined, []]);
  });

  it('is flipped only while writes are held back, unless nobody writes', async () => {
    const lease = fenceOf(1);
    await pointers.ensure(lease, move('002', 'A', 'B'));
    await expect(pointers.flip(lease, 'A', 'target')).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await leadsTo('A')).toBe('prod-A');
    await pointers.flip(lease, 'A', 'target', { frozen: false });
    expect(await leadsTo('A')).toBe('prod-B');
    // Where that is done already, there is nothing to hold back.
    await clock.advance(1_000, async () => {});
    expect(await pointers.flip(lease, 'A', 'target')).toMatchObject({ active: 'target', changedAt: at(0) });
  });

  it('that is not there can be neither frozen nor flipped, nor one whose making was cut short', async () => {
    const lease = fenceOf(1);
    await expect(pointers.freeze(lease, 'A')).rejects.toMatchObject({ code: 'INTERNAL' });
    await stored.put({ pk: 'pointer', sk: 'A', token: 0, write: 1 }, { kind: 'absent' });
    await expect(pointers.freeze(lease, 'A')).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(pointers.flip(lease, 'A', 'target')).rejects.toMatchObject({ code: 'INTERNAL' });
    expect([await pointers.get('A'), await pointers.list()]).toEqual([undefined, []]);
  });

  it('keeps its side and its freeze when its migration goes on, and never lowers how long it is cached', async () => {
    await pointers.ensure(fenceOf(1), move('002', 'A', 'B'));
    await pointers.freeze(fenceOf(1), 'A');
    const longer = { cacheMs: 60_000, writeMs: 1_000 };
    expect(await pointers.ensure(fenceOf(2), move('002', 'A', 'B', longer))).toMatchObject({ frozen: true, ...longer });
    const shorter = move('002', 'A', 'B', { cacheMs: 100, writeMs: 2_000 });
    expect(await pointers.ensure(fenceOf(2), shorter)).toMatchObject({ cacheMs: 60_000, writeMs: 2_000 });
    await pointers.flip(fenceOf(2), 'A', 'target');
    expect(await pointers.ensure(fenceOf(3), shorter)).toMatchObject({ active: 'target', order: 1 });
    expect(await pointers.get('A')).toMatchObject({ active: 'target', cacheMs: 60_000, writeMs: 2_000 });
  });

  it('says how long writes may still be under way', () => {
    expect(drainMs({ cacheMs: 60_000, writeMs: 10_000 })).toBe(70_000);
    // Applications that saw no pointer do not know its `cacheMs`.
    expect(drainMs({ cacheMs: 100, writeMs: 10_000 })).toBe(15_000);
  });
});

describe('a former holder of the lock', () => {
  it('changes no pointer once the next one has looked at it', async () => {
    const [zombie, next] = [fenceOf(1), fenceOf(2)];
    await pointers.ensure(zombie, move('002', 'A', 'B'));
    await pointers.freeze(zombie, 'A');
    await pointers.ensure(next, move('002', 'A', 'B'));
    await expect(pointers.flip(zombie, 'A', 'target')).rejects.toMatchObject(leaseLost);
    await expect(pointers.unfreeze(zombie, 'A')).rejects.toMatchObject(leaseLost);
    await expect(pointers.freeze(zombie, 'A')).rejects.toMatchObject(leaseLost);
    await expect(pointers.ensure(zombie, move('003', 'A', 'C'))).rejects.toMatchObject(leaseLost);
    await expect(pointers.remove(zombie, 'A')).rejects.toMatchObject(leaseLost);
    expect(await pointers.get('A')).toMatchObject({ active: 'source', frozen: true });
    await stored.put({ ...LOCK_KEY, token: 2 }, { kind: 'absent' });
    await pointers.remove(next, 'A');
    await expect(pointers.freeze(zombie, 'A')).rejects.toMatchObject(leaseLost);
  });

  it('cannot flip with a request that lands late', async () => {
    const lease = fenceOf(1);
    await pointers.ensure(lease, move('002', 'A', 'B'));
    await pointers.freeze(lease, 'A');
    let land: () => Promise<unknown> = async () => {};
    let updates = 0;
    const late = openPointers({
      table: {
        ...stored,
        update: (...args) => {
          updates += 1;
          if (updates === 1) return stored.update(...args);
          land = () => stored.update(...args);
          return Promise.reject(new Error('timeout'));
        },
      },
    });
    await expect(late.flip(lease, 'A', 'target')).rejects.toThrow('timeout');
    await pointers.unfreeze(lease, 'A');
    expect(await land()).toBeUndefined();
    expect(await pointers.get('A')).toMatchObject({ active: 'source', frozen: false });
  });
});

describe('a flip whose answer is lost', () => {
  it('is made once', async () => {
    const lease = fenceOf(1);
    const lossy = openPointers({
      table: {
        ...stored,
        update: async (...args) => {
          await stored.update(...args);
          return stored.update(...args);
        },
      },
    });
    await lossy.ensure(lease, move('002', 'A', 'B'));
    await lossy.freeze(lease, 'A');
    expect(await lossy.flip(lease, 'A', 'target')).toMatchObject({ active: 'target', frozen: false });
    expect(await lossy.flip(lease, 'A', 'target')).toMatchObject({ active: 'target', frozen: false });
    expect(lease.losses).toEqual([]);
  });
});

describe('pointers of several moves', () => {
  it('lead through a chain of moves to the last table', async () => {
    await moved('002', 'A', 'B');
    await pointers.ensure(fenceOf(9), move('003', 'B', 'C'));
    expect([await leadsTo('A'), await leadsTo('B'), await leadsTo('C')]).toEqual(['prod-B', 'prod-B', undefined]);
    await moved('003', 'B', 'C');
    expect([await leadsTo('A'), await leadsTo('B'), await leadsTo('C')]).toEqual(['prod-C', 'prod-C', undefined]);
  });

  it('lead back where a table was moved away and back, and away again', async () => {
    await moved('002', 'A', 'B');
    await moved('003', 'B', 'A');
    expect([await leadsTo('A'), await leadsTo('B')]).toEqual(['prod-A', 'prod-A']);
    await moved('004', 'A', 'B');
    expect([await leadsTo('A'), await leadsTo('B')]).toEqual(['prod-B', 'prod-B']);
    await moved('005', 'B', 'C');
    await moved('006', 'C', 'A');
    expect([await leadsTo('A'), await leadsTo('B'), await leadsTo('C')]).toEqual(['prod-A', 'prod-A', 'prod-A']);
  });

  it('are replaced where the earlier move was taken back', async () => {
    const lease = fenceOf(1);
    await pointers.ensure(lease, move('002', 'A', 'B'));
    expect(await pointers.ensure(lease, move('003', 'A', 'C'))).toMatchObject({ migration: '003', order: 2 });
    expect(await pointers.get('A')).toMatchObject({ migration: '003', target: 'prod-C' });
  });

  it('are not replaced while applications are sent away, or held back', async () => {
    const lease = fenceOf(9);
    await moved('002', 'A', 'B');
    await expect(pointers.ensure(lease, move('003', 'A', 'C'))).rejects.toMatchObject({
      code: 'MIGRATION_INVALID',
      fix: "move from the table that they use: `from: table('B')`",
    });
    await pointers.ensure(lease, move('004', 'D', 'E'));
    await pointers.freeze(lease, 'D');
    await expect(pointers.ensure(lease, move('005', 'D', 'F'))).rejects.toMatchObject({ code: 'MIGRATION_UNFINISHED' });
    expect((await pointers.list()).map(({ migration, active }) => [migration, active])).toEqual([
      ['002', 'target'],
      ['004', 'source'],
    ]);
  });
});
