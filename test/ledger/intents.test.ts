import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { cutIntents, decodeIntents } from '../../src/ledger/intent-text.js';
import { type Intents, openIntents } from '../../src/ledger/intents.js';
import { LOCK_KEY } from '../../src/ledger/lock-row.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import type { IntentSlot } from '../../src/reconcile/backfill-segment.js';
import type { Intent } from '../../src/reconcile/ports.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { collect } from './collect.js';
import { fenceOf, leaseLost } from './fences.js';
import { memoryTable } from './memory-table.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let intents: Intents;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  stored = openMetaTable({ client: dynalite.client, tableName: `intents-${tables}` });
  await stored.ensure();
  intents = openIntents({ table: stored });
});

const binding = { id: '002-move', direction: 'up', run: 3 } as const;
const key = (name: string): RawItem => ({ id: { S: name } });
const page = (from: string, count = 1): Intent[] =>
  Array.from({ length: count }, (_, index) => ({ unit: key(`${from}${index}`), keys: [key(`${from}${index}`)] }));

describe('intents', () => {
  it('come back as they were stored, page after page', async () => {
    const slot: IntentSlot = await intents.claim(fenceOf(3), binding, 0);
    expect(await slot.load()).toEqual([]);
    const odd = { unit: { id: { N: '1.50' }, b: { B: Uint8Array.of(255) } }, keys: [key('x'), key('y')] };
    await slot.store([...page('a', 3), odd, { unit: key('none'), keys: [] }]);
    const next = await intents.claim(fenceOf(4), binding, 0);
    expect(await next.load()).toEqual([...page('a', 3), odd, { unit: key('none'), keys: [] }]);
    await next.store(page('b'));
    expect(await next.load()).toEqual(page('b'));
    await next.store([]);
    expect(await next.load()).toEqual([]);
  });

  it('take as many rows as they need, and leave none behind', async () => {
    const slot = await intents.claim(fenceOf(3), binding, 0);
    const large = page('x'.repeat(1_000), 1_000);
    await slot.store(large);
    expect(await slot.load()).toEqual(large);
    expect(await collect(stored.query('intents#002-move#0'))).toHaveLength(3);
    expect(await intents.count(binding.id)).toBe(1);
    await slot.store(large.slice(0, 500));
    expect(await (await intents.claim(fenceOf(4), binding, 0)).load()).toEqual(large.slice(0, 500));
    const last = await intents.claim(fenceOf(5), binding, 0);
    await last.store([]);
    expect(await collect(stored.query('intents#002-move#0'))).toHaveLength(1);
    expect(await intents.count(binding.id)).toBe(0);
  });

  it('are apart by segment, direction and move, are counted and cleared', async () => {
    const lease = fenceOf(3);
    const slots = [
      await intents.claim(lease, binding, 0),
      await intents.claim(lease, binding, 10),
      await intents.claim(lease, { ...binding, direction: 'down' }, 0),
      await intents.claim(lease, { ...binding, id: '003-other' }, 0),
    ];
    await Promise.all(slots.map((slot, index) => slot.store(page(`${index}-`))));
    expect(await Promise.all(slots.map((slot) => slot.load()))).toEqual(
      ['0-', '1-', '2-', '3-'].map((from) => page(from)),
    );
    expect(await intents.count(binding.id)).toBe(3);
    await intents.clear(lease, binding.id);
    expect([await intents.count(binding.id), await intents.count('003-other')]).toEqual([0, 1]);
  });

  it('of another run are dropped at the claim, every row of them', async () => {
    const slot = await openIntents({ table: stored, maxBytes: 40 }).claim(fenceOf(3), binding, 0);
    await slot.store(page('a', 9));
    expect((await collect(stored.query('intents#002-move#0'))).length).toBeGreaterThan(3);
    const next = await intents.claim(fenceOf(4), { ...binding, run: 4 }, 0);
    expect(await next.load()).toEqual([]);
    expect(await collect(stored.query('intents#002-move#0'))).toHaveLength(1);
    expect(await intents.count(binding.id)).toBe(0);
  });

  it('cannot be stored by a former holder once the slot is claimed, or cleared', async () => {
    const zombie = await intents.claim(fenceOf(3), binding, 0);
    await zombie.store(page('a'));
    const next = await intents.claim(fenceOf(4), binding, 0);
    await expect(zombie.store(page('z'))).rejects.toMatchObject(leaseLost);
    await expect(zombie.store(page('z'.repeat(1_000), 1_000))).rejects.toMatchObject(leaseLost);
    await expect(intents.claim(fenceOf(3), binding, 0)).rejects.toMatchObject(leaseLost);
    expect(await next.load()).toEqual(page('a'));
    const unaware = await intents.claim(fenceOf(3), binding, 1);
    await stored.put({ ...LOCK_KEY, token: 4 }, { kind: 'absent' });
    await intents.clear(fenceOf(4), binding.id);
    await expect(zombie.store(page('z'))).rejects.toMatchObject(leaseLost);
    await expect(unaware.store(page('z'))).rejects.toMatchObject(leaseLost);
    expect(await intents.count(binding.id)).toBe(0);
    await expect(zombie.load()).rejects.toMatchObject(leaseLost);
  });
});

describe('a store that is cut short', () => {
  /** A table that fails after so many writes; `late` makes one more, whose answer is lost. */
  const cut = (from: number, late = false) => {
    const table = memoryTable();
    let left = Number.POSITIVE_INFINITY;
    const write = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => {
      return async (...args: A): Promise<T> => {
        left -= 1;
        if (left === -1 && late) await call(...args);
        if (left < 0) throw new Error('killed');
        return call(...args);
      };
    };
    const killed = { ...table, put: write(table.put), update: write(table.update), delete: write(table.delete) };
    const kill = () => {
      left = from;
    };
    const revive = () => {
      left = Number.POSITIVE_INFINITY;
    };
    return { intents: openIntents({ table: killed, maxBytes: 60 }), table, kill, revive };
  };
  const sizes = [
    [9, 9],
    [9, 1],
    [1, 9],
    [9, 0],
    [0, 9],
    [4, 9],
  ] as const;

  it.each(sizes)('leaves all of the old (%i) or all of the new intents (%i)', async (before, after) => {
    const [old, fresh] = [page('old', before), page('new', after)];
    const seen = new Set<string>();
    for (let writes = 0; ; writes++) {
      const { intents, table, kill, revive } = cut(writes);
      const slot = await intents.claim(fenceOf(3), binding, 0);
      await slot.store(page('older', 5));
      await slot.store(old);
      kill();
      const error = await slot.store(fresh).then(
        () => undefined,
        (thrown: Error) => thrown.message,
      );
      revive();
      const found = await (await intents.claim(fenceOf(4), binding, 0)).load();
      expect([old, fresh]).toContainEqual(found);
      seen.add(JSON.stringify(found));
      expect(await (await intents.claim(fenceOf(5), binding, 0)).load()).toEqual(found);
      // Nothing that is not needed is left after a claim.
      expect([...table.rows.values()]).toHaveLength(Math.max(1, cutIntents(found, 60).length));
      if (error === undefined) {
        expect(found).toEqual(fresh);
        break;
      }
      expect(error).toBe('killed');
    }
    expect(seen.size).toBe(2);
  });

  const cuts = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((writes) => [
    { writes, late: false },
    { writes, late: true },
  ]);
  it.each(cuts)('can be followed by another one in the same process: %o', async ({ writes, late }) => {
    const { intents, kill, revive } = cut(writes, late);
    const slot = await intents.claim(fenceOf(3), binding, 0);
    await slot.store(page('old', 9));
    kill();
    await slot.store(page('new', 6)).catch(() => undefined);
    revive();
    kill();
    await slot.store(page('newer', 7)).catch(() => undefined);
    revive();
    const found = await slot.load();
    expect([page('old', 9), page('new', 6), page('newer', 7)]).toContainEqual(found);
    await slot.store(page('last', 3));
    expect(await slot.load()).toEqual(page('last', 3));
  });
});

describe('cutting intents', () => {
  it('cuts a unit with very many keys into several intents', () => {
    const keys = Array.from({ length: 50 }, (_, index) => key(`k${index}`));
    const texts = cutIntents([...page('a'), { unit: key('u'), keys }], 200);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(200);
    const found = texts.flatMap(decodeIntents);
    expect(
      found.filter(({ unit }) => unit.id && 'S' in unit.id && unit.id.S === 'u').flatMap((one) => one.keys),
    ).toEqual(keys);
  });

  it('makes no text of no intents, and counts bytes', () => {
    expect(cutIntents([])).toEqual([]);
    const texts = cutIntents(page('ü'.repeat(30), 2), 100);
    expect(texts).toHaveLength(2);
  });
});
