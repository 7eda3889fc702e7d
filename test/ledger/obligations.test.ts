import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MigrateError } from '../../src/errors.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { type ObligationRows, openObligations } from '../../src/ledger/obligations.js';
import type { Intent, Obligation } from '../../src/reconcile/ports.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { collect } from './collect.js';
import { FakeClock } from './fake-clock.js';
import { fenceOf } from './fences.js';
import { memoryTable } from './memory-table.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let rows: ObligationRows;
let clock: FakeClock;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  clock = new FakeClock();
  stored = openMetaTable({ client: dynalite.client, tableName: `obligations-${tables}` });
  await stored.ensure();
  rows = openObligations({ table: stored, clock });
});

const id = '002-move';
const key = (name: string): RawItem => ({ id: { S: name } });
const same = (name: string): Intent => ({ unit: key(name), keys: [key(name)] });
const failed = (message = 'it throws') => new MigrateError('TRANSFORM_FAILED', message, { key: 'id=a' });
const batch = (intents: readonly Intent[], inFlight = false): Obligation => ({ kind: 'reconcile', intents, inFlight });
const quarantined = (unit: string, keys: string[], error = failed()): Obligation => ({
  kind: 'quarantined',
  intent: { unit: key(unit), keys: keys.map(key) },
  error,
});
const contested = (name: string, claimants: string[]): Obligation => ({
  kind: 'contested',
  key: key(name),
  claimants: claimants.map(key),
});

/** The table, whose writes are each sent twice, as the SDK does when the first answer is lost. */
function lossy(table: MetaTable): MetaTable {
  return {
    ...table,
    put: async (...args) => {
      await table.put(...args);
      return table.put(...args);
    },
    delete: async (...args) => {
      await table.delete(...args);
      return table.delete(...args);
    },
  };
}

describe('obligations', () => {
  it('come back exactly as they were added, in the order given', async () => {
    const odd: RawItem = { id: { N: '12345678901234567890123456789012345678' }, B: { B: Uint8Array.of(0, 255) } };
    const intents = [same('a'), { unit: key('b'), keys: [] }, { unit: odd, keys: [key('x'), odd] }];
    const obligations = [batch(intents, true), quarantined('q', ['a', 'b']), contested('c', ['a']), batch([])];
    const bound = rows.bind(id, 'up', 'sync 7');
    const added = await bound.add(obligations);
    expect(added.map(({ obligation }) => obligation)).toEqual(obligations);
    expect(added.map(({ generation }) => generation)).toEqual([1, 1, 1, 1]);
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect([...(await bound.list())].sort(byId)).toEqual([...added].sort(byId));
    const error = added[1]?.obligation.kind === 'quarantined' && added[1].obligation.error;
    expect(error).toBeInstanceOf(MigrateError);
    expect(error).toMatchObject({ code: 'TRANSFORM_FAILED', message: 'it throws', key: 'id=a', exitCode: 1 });
  });

  it('are more than one batch of requests', async () => {
    const bound = rows.bind(id, 'up', 'sync 7');
    const names = Array.from({ length: 60 }, (_, index) => `u${index}`);
    const added = await bound.add(names.map((name) => quarantined(name, [])));
    expect(added.map(({ obligation }) => obligation)).toEqual(names.map((name) => quarantined(name, [])));
    expect(await bound.list()).toHaveLength(60);
  });

  it('unite the keys of a unit and the claimants of a key, generation by generation', async () => {
    const bound = rows.bind(id, 'up', 'sync 7');
    await bound.add([quarantined('q', ['a', 'b']), contested('c', ['a'])]);
    await clock.advance(1_000, async () => {});
    const [unit, claim] = await bound.add([quarantined('q', ['b', 'c'], failed('again')), contested('c', ['b', 'a'])]);
    expect(unit).toMatchObject({
      generation: 2,
      obligation: { intent: { keys: ['a', 'b', 'c'].map(key) }, error: { message: 'again' } },
    });
    expect(claim).toMatchObject({ generation: 2, obligation: contested('c', ['a', 'b']) });
    expect(await collect(rows.listAll(id))).toEqual([
      { direction: 'up', stored: claim, at: '2026-01-01T00:00:01.000Z', attempts: 2 },
      { direction: 'up', stored: unit, at: '2026-01-01T00:00:01.000Z', attempts: 2 },
    ]);
  });

  it('lose nothing of adds at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `claimant-${index}`);
    const adders = names.map((name) => rows.bind(id, 'up', name));
    await Promise.all(adders.map((bound, index) => bound.add([contested('c', [names[index] ?? ''])])));
    const [found] = await rows.bind(id, 'up', 'x').list();
    expect(found?.generation).toBe(20);
    const claimants = found?.obligation.kind === 'contested' ? found.obligation.claimants : [];
    expect(claimants.map(({ id }) => id && 'S' in id && id.S).sort()).toEqual([...names].sort());
  });

  it('grow over several rows, each of which stands on its own', async () => {
    const bound = rows.bind(id, 'up', 'sync 7');
    const names = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `${from + index}`.padStart(100, 'x'));
    await bound.add([contested('c', names(0, 200))]);
    await bound.add([contested('c', names(200, 200))]);
    await bound.add([contested('c', names(400, 700))]);
    await bound.add([contested('c', names(1_100, 10))]);
    // What a row has already makes it no larger, even where it is full.
    const [again] = await bound.add([contested('c', names(0, 400))]);
    expect(again?.generation).toBe(4);
    await bound.add([contested('d', names(0, 700))]);
    expect(await bound.add([contested('d', names(0, 700))])).toMatchObject([{ generation: 2 }]);
    const listed = (await bound.list()).map(({ obligation }) => obligation);
    const sizes = listed.map((one) => (one.kind === 'contested' ? one.claimants.length : 0));
    expect(sizes.sort((x, y) => x - y)).toEqual([410, 700, 700]);
  });

  it('are refused where one is larger than a row', async () => {
    const bound = rows.bind(id, 'up', 'sync 7');
    const many = Array.from({ length: 4_000 }, (_, index) => same(`${index}`.padStart(100, 'x')));
    await expect(bound.add([batch(many)])).rejects.toMatchObject({ code: 'INTERNAL' });
    await bound.add([batch(many.slice(0, 3_300))]);
    expect(await bound.list()).toMatchObject([{ obligation: { intents: many.slice(0, 3_300) } }]);
  });

  it('keep a short message, and an error that a newer version stored', async () => {
    const bound = rows.bind(id, 'up', 'sync 7');
    await bound.add([quarantined('q', [], failed('x'.repeat(5_000)))]);
    const [row] = await collect(stored.query(`obligations#${id}`));
    expect(row?.message).toHaveLength(1_000);
    if (row)
      await stored.update(
        row,
        { set: { code: 'OF_TOMORROW', message: 'm' } },
        { kind: 'equals', attributes: { code: 'TRANSFORM_FAILED' } },
      );
    const [found] = await bound.list();
    expect(found?.obligation).toMatchObject({ error: { code: 'MIGRATION_FAILED', message: 'OF_TOMORROW: m' } });
  });

  it('are apart by move and direction, are counted and cleared', async () => {
    const up = rows.bind(id, 'up', 'sync 7');
    const down = rows.bind(id, 'down', 'sync 7');
    const other = rows.bind('003-other', 'up', 'sync 7');
    await up.add([batch([same('a')]), batch([same('a')], true), contested('c', ['a']), quarantined('q', [])]);
    await down.add([batch([]), { kind: 'misshapen', record: {}, error: failed() }]);
    await other.add([batch([])]);
    const none = { reconcile: 0, quarantined: 0, contested: 0, misshapen: 0, inFlight: 0 };
    expect(await rows.count(id, 'up')).toEqual({ ...none, reconcile: 1, quarantined: 1, contested: 1, inFlight: 1 });
    expect(await rows.count(id)).toEqual({ reconcile: 2, quarantined: 1, contested: 1, misshapen: 1, inFlight: 1 });
    expect(await down.list()).toHaveLength(2);
    await rows.clear(fenceOf(1), id, 'up');
    expect([await up.list(), (await down.list()).length]).toEqual([[], 2]);
    await rows.clear(fenceOf(1), id);
    expect(await rows.count(id)).toEqual(none);
    expect(await other.list()).toHaveLength(1);
  });
});

describe('removing an obligation', () => {
  it('needs the generation that was listed', async () => {
    const bound = rows.bind(id, 'up', 'sync 7');
    const [first] = await bound.add([contested('c', ['a'])]);
    const [second] = await bound.add([contested('c', ['b'])]);
    if (!first || !second) throw new Error('not added');
    expect(await bound.remove(first)).toBe(false);
    expect(await bound.list()).toEqual([second]);
    expect(await bound.remove(second)).toBe(true);
    expect(await bound.list()).toEqual([]);
  });

  it('is done also where somebody else did it', async () => {
    const bound = rows.bind(id, 'up', 'sync 7');
    const [added] = await bound.add([batch([same('a')])]);
    if (!added) throw new Error('not added');
    expect([await bound.remove(added), await bound.remove(added)]).toEqual([true, true]);
  });

  it('does not touch one that was added anew, although its generation is 1 again', async () => {
    const bound = rows.bind(id, 'up', 'sync 7');
    const [former] = await bound.add([contested('c', ['a'])]);
    if (!former) throw new Error('not added');
    await bound.remove(former);
    const [anew] = await bound.add([contested('c', ['a'])]);
    expect(anew?.generation).toBe(former.generation);
    expect(await bound.remove(former)).toBe(false);
    expect(await bound.list()).toEqual([anew]);
  });

  it('and adding survive answers that are lost', async () => {
    const bound = openObligations({ table: lossy(stored), clock }).bind(id, 'up', 'sync 7');
    const added = await bound.add([batch([same('a')]), contested('c', ['a']), quarantined('q', [])]);
    expect(added.map(({ generation }) => generation)).toEqual([1, 1, 1]);
    const [again] = await bound.add([contested('c', ['b'])]);
    expect(again?.generation).toBe(2);
    expect(await bound.list()).toHaveLength(3);
    for (const one of await bound.list()) expect(await bound.remove(one)).toBe(true);
    expect(await bound.list()).toEqual([]);
  });
});

describe('obligations in flight', () => {
  it('are left out while their process may run, judged by how long this one saw them unchanged', async () => {
    const bound = openObligations({ table: memoryTable(), clock });
    const asked: [string, number][] = [];
    const settler = bound.bind(id, 'up', 'settler', (origin, ageMs) => {
      asked.push([origin, ageMs]);
      return ageMs < 30_000;
    });
    await bound.bind(id, 'up', 'sync 7').add([batch([same('a')], true), batch([same('b')])]);
    expect(await settler.list()).toMatchObject([{ obligation: { intents: [same('b')] } }]);
    await clock.advance(29_999, async () => {});
    expect(await settler.list()).toHaveLength(1);
    await bound.bind(id, 'up', 'sync 8').add([batch([same('c')], true)]);
    await clock.advance(1, async () => {});
    expect(await settler.list()).toHaveLength(2);
    expect(asked.slice(0, 2)).toEqual([
      ['sync 7', 0],
      ['sync 7', 29_999],
    ]);
    expect(asked.slice(2).sort()).toEqual([
      ['sync 7', 30_000],
      ['sync 8', 0],
    ]);
    expect(await bound.bind(id, 'up', 'x').list()).toHaveLength(3);
  });
});

describe('a misshapen record', () => {
  const full = {
    eventID: 'e1',
    eventName: 'MODIFY',
    eventSourceARN: 'arn:secret',
    dynamodb: {
      SequenceNumber: '007',
      Keys: { id: { S: 'a' }, b: { B: Uint8Array.of(1, 2) } },
      NewImage: { id: { S: 'a' }, name: { S: 'secret' } },
    },
  };
  const store = async (record: unknown) => {
    const bound = rows.bind(id, 'up', 'sync 7');
    const [added] = await bound.add([{ kind: 'misshapen', record, error: failed() }]);
    const text = JSON.stringify(await collect(stored.query(`obligations#${id}`)));
    return { obligation: added?.obligation, text };
  };

  it('keeps its number, event and keys, and nothing else of it', async () => {
    const { obligation, text } = await store(full);
    expect(obligation).toMatchObject({ kind: 'misshapen', error: { code: 'TRANSFORM_FAILED' } });
    expect(obligation).toHaveProperty('record', {
      eventID: 'e1',
      eventName: 'MODIFY',
      dynamodb: { SequenceNumber: '007', Keys: { id: { S: 'a' }, b: { B: 'AQI=' } } },
    });
    expect(text).not.toContain('secret');
  });

  it('is one obligation however often it is delivered, and without a number always a new one', async () => {
    await store(full);
    await store({ ...full, dynamodb: { ...full.dynamodb, NewImage: undefined } });
    expect(await rows.count(id)).toMatchObject({ misshapen: 1 });
    await store({});
    await store({});
    expect(await rows.count(id)).toMatchObject({ misshapen: 3 });
  });

  const circular: Record<string, unknown> = {};
  circular.dynamodb = circular;
  circular.Keys = circular;
  const hostile = {
    get dynamodb() {
      throw new Error('secret');
    },
  };
  it.each([
    ['nothing', undefined, { dynamodb: {} }],
    ['text', 'secret', { dynamodb: {} }],
    ['circular', circular, { dynamodb: { Keys: {} } }],
    ['a getter that throws', hostile, { dynamodb: {} }],
    ['a bigint', { dynamodb: { SequenceNumber: 7n } }, { dynamodb: { SequenceNumber: '7' } }],
    [
      'a key that is not one',
      { dynamodb: { Keys: { id: { M: { a: { S: 'secret' } } } } } },
      { dynamodb: { Keys: {} } },
    ],
    [
      'an item for its keys',
      { dynamodb: { Keys: { a: { S: 'secret' }, b: { S: 'x' }, c: { S: 'y' } } } },
      { dynamodb: {} },
    ],
    [
      'very long',
      { eventID: 'e'.repeat(300), dynamodb: { SequenceNumber: '7', Keys: { id: { S: 'x'.repeat(9_000) } } } },
      { eventID: 'e'.repeat(200), dynamodb: { SequenceNumber: '7' } },
    ],
  ])('may be %s', async (_name, record, kept) => {
    const { obligation, text } = await store(record);
    expect(obligation).toHaveProperty('record', kept);
    expect(text).not.toContain('secret');
  });
});
