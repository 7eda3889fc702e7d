import { describe, expect, test } from 'vitest';
import { type RawItem, rawItem } from '../../src/item/attribute-value.js';
import { keyId } from '../../src/item/key.js';
import type { Difference } from '../../src/reconcile/difference.js';
import { type Down, reverseMapping, reverseWriter } from '../../src/reconcile/lens.js';
import { type Mapping, targetItemsOf } from '../../src/reconcile/mapping.js';
import type { Unit } from '../../src/reconcile/ports.js';
import type { Repair } from '../../src/reconcile/recheck.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { type VerifyProgress, type VerifySegmentOptions, verifySegment } from '../../src/reconcile/verify-segment.js';
import { AutoClock } from '../dynamodb/streams/auto-clock.js';
import { onRawItems } from '../support/on-raw-items.js';
import { byMail, fakeTables, renaming, text } from './fakes.js';

const item = (id: string, v: string, more: RawItem = {}): RawItem => ({ id: text(id), v: text(v), ...more });
const form = (id: string, w: string, more: RawItem = {}): RawItem => ({ id: text(id), w: text(w), ...more });

interface World {
  readonly mapping?: Mapping;
  readonly source: readonly RawItem[];
  readonly target: readonly RawItem[];
  readonly pageSize?: number;
}

/** Two tables, and the options of a verify that records what it is told; time goes on by itself. */
function world({ mapping = renaming, source, target, pageSize = 2 }: World) {
  const tables = fakeTables(mapping, source);
  const clock = new AutoClock();
  for (const one of target) tables.target.set(keyId(one, mapping.targetKeys), one);
  const found: Difference[] = [];
  const saved: VerifyProgress[] = [];
  const looks: string[] = [];
  const read =
    (name: string, items: ReadonlyMap<string, RawItem>, names: Mapping['sourceKeys']) =>
    async (keys: readonly RawItem[]) => {
      looks.push(`${name} ${keys.length}`);
      expect(new Set(keys.map((key) => keyId(key, names))).size).toBe(keys.length);
      await clock.sleep(1);
      return keys.map((key) => items.get(keyId(key, names))).filter((one) => one !== undefined);
    };
  const optionsOf = (side: 'source' | 'target'): VerifySegmentOptions => ({
    side,
    mapping,
    start: { startKey: undefined, done: false },
    scanPage: async (startKey) => {
      const names = side === 'source' ? mapping.sourceKeys : mapping.targetKeys;
      const all = [...(side === 'source' ? tables.source : tables.target)].sort(([a], [b]) => (a < b ? -1 : 1));
      const rest = startKey ? all.filter(([id]) => id > keyId(startKey, names)) : all;
      const page = rest.slice(0, pageSize).map(([, one]) => one);
      return { items: page, lastKey: rest.length > pageSize ? page.at(-1) : undefined };
    },
    readSource: read('source', tables.source, mapping.sourceKeys),
    readTarget: read('target', tables.target, mapping.targetKeys),
    recheck: { clock, patienceMs: 1000, everyMs: 100 },
    onDifferences: async (differences) => void found.push(...differences),
    saveCheckpoint: async (progress) => void saved.push(progress),
  });
  const verify = async (more: Partial<VerifySegmentOptions> = {}) => {
    for (const side of ['source', 'target'] as const) {
      if (more.side === undefined || more.side === side) await verifySegment({ ...optionsOf(side), ...more, side });
    }
    return found.map(({ kind, unit, key, attributes }) => [
      kind,
      ...[unit, key].map((one) => (one ? Object.values(one).map((value) => Object.values(value)[0])[0] : undefined)),
      ...attributes,
    ]);
  };
  return { ...tables, clock, found, saved, looks, verify };
}

const bad = { bad: text('') };
const hidden = { old: text('') };
const mailed = (mail: string, of: string) => ({ mail: text(mail), _src: { M: { id: text(of) } } });
const person = (id: string, mail: string) => ({ id: text(id), mail: text(mail) });

const cases: readonly (readonly [string, World, readonly (readonly unknown[])[]])[] = [
  ['tables that agree', { source: [item('a', '1'), item('b', '1')], target: [form('a', '1'), form('b', '1')] }, []],
  ['empty tables', { source: [], target: [] }, []],
  ['a missing item', { source: [item('a', '1')], target: [] }, [['missing', 'a', 'a']]],
  ['an extra item', { source: [], target: [form('a', '1')] }, [['extra', 'a', 'a']]],
  ['another value', { source: [item('a', '1')], target: [form('a', '2')] }, [['different', 'a', 'a', 'w']]],
  [
    'attributes that only one has',
    { source: [item('a', '1', { x: text('') })], target: [form('a', '1', { y: text('') })] },
    [['different', 'a', 'a', 'x', 'y']],
  ],
  [
    'a number that was rounded',
    {
      source: [{ id: text('a'), n: { N: '0.12345678901234567891' } }],
      target: [{ id: text('a'), n: { N: '0.12345678901234568' } }],
    },
    [['different', 'a', 'a', 'n']],
  ],
  [
    'another notation of a number, another order of a set',
    {
      source: [{ id: text('a'), n: { N: '1.0' }, s: { SS: ['x', 'y'] } }],
      target: [{ id: text('a'), n: { N: '1' }, s: { SS: ['y', 'x'] } }],
    },
    [],
  ],
  ['an item that is left out', { source: [item('a', '1', hidden)], target: [] }, []],
  [
    'one that is left out, and there',
    { source: [item('a', '1', hidden)], target: [form('a', '1')] },
    [['extra', 'a', 'a']],
  ],
  ['an item without a target form', { source: [item('a', '1', bad)], target: [] }, [['failed', 'a', 'a']]],
  ['the same with a target item', { source: [item('a', '1', bad)], target: [form('a', '1')] }, [['failed', 'a', 'a']]],
  [
    'a move that changes keys: agreement',
    { mapping: byMail, source: [person('a', 'x')], target: [mailed('x', 'a')] },
    [],
  ],
  [
    'a move that changes keys: an item at its former key',
    { mapping: byMail, source: [person('a', 'y')], target: [mailed('x', 'a'), mailed('y', 'a')] },
    [['extra', 'a', 'x']],
  ],
  [
    'a move that changes keys: a key that another unit has',
    { mapping: byMail, source: [person('a', 'x')], target: [mailed('x', 'b')] },
    [
      ['different', 'a', 'x', '_src'],
      ['extra', 'b', 'x'],
    ],
  ],
  [
    'a move that changes keys: an item that names nobody, or nothing that is a key',
    {
      mapping: byMail,
      source: [],
      target: [{ mail: text('x') }, { mail: text('y'), _src: { M: { id: { BOOL: true } } } }],
    },
    [
      ['extra', undefined, 'x'],
      ['extra', undefined, 'y'],
    ],
  ],
  [
    'a move that changes keys: an item without a target form',
    { mapping: { ...byMail, up: renaming.up }, source: [{ ...person('a', 'x'), ...bad }], target: [] },
    [['failed', 'a', undefined]],
  ],
];

test.each(cases)('%s', async (_, given, expected) => {
  expect(await world(given).verify()).toEqual(expected);
});

test('a failure has its error, and nothing has values', async () => {
  const { verify, found } = world({
    source: [item('a', 'secret', bad), item('b', 'secret')],
    target: [form('b', 'x')],
  });
  await verify();
  expect(found[0]?.error).toMatchObject({ code: 'TRANSFORM_FAILED', key: 'id=a' });
  expect(JSON.stringify(found)).not.toContain('secret');
});

describe('what counts', () => {
  test('a difference that stands for the time of patience, in every look', async () => {
    const { verify, looks, clock } = world({ source: [item('a', '1'), item('b', '1')], target: [] });
    await verify({ side: 'source' });
    expect(looks.slice(0, 4)).toEqual(['target 2', 'source 2', 'target 2', 'source 2']);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(1000);
    expect(clock.monotonic()).toBeLessThan(1300);
  });

  test('not one that goes away', async () => {
    const { verify, target, clock, saved } = world({ source: [item('a', '1')], target: [] });
    void clock.sleep(900).then(() => target.set('S:a', form('a', '1')));
    expect(await verify({ side: 'source' })).toEqual([]);
    expect(saved).toMatchObject([{ differences: { missing: 0, extra: 0, different: 0, failed: 0 } }]);
  });

  test('patience begins again when the source changes', async () => {
    const { verify, put, target, clock } = world({ source: [item('a', '1')], target: [form('a', '0')] });
    void clock.sleep(800).then(() => put(item('a', '2')));
    void clock.sleep(1500).then(() => target.set('S:a', form('a', '2')));
    expect(await verify()).toEqual([]);
  });

  test('not one that is seen only because the source changed while the target was read', async () => {
    const { verify, put, target, clock } = world({ source: [item('a', '1')], target: [form('a', '0')] });
    const readTarget = async () => {
      if (clock.monotonic() >= 1000) {
        put(item('a', '2'));
        target.set('S:a', form('a', '2'));
      }
      return [...target.values()];
    };
    expect(await verify({ side: 'source', readTarget })).toEqual([]);
  });

  test('an item that never rests is fine once the target has any form that it had', async () => {
    const { verify, put, target, clock } = world({ source: [item('a', '0')], target: [form('a', 'none')] });
    let ended = false;
    void (async () => {
      for (let n = 1; !ended; n++) {
        put(item('a', String(n)));
        await clock.sleep(70);
        if (n > 30) target.set('S:a', form('a', String(n - 5)));
      }
    })();
    expect(await verify({ side: 'source' })).toEqual([]);
    ended = true;
    expect(clock.monotonic()).toBeLessThan(6000);
  });

  test('an item that never rests and is never followed counts after ten times the patience', async () => {
    const { verify, put, clock } = world({ source: [item('a', '0')], target: [form('a', 'none')] });
    let ended = false;
    void (async () => {
      for (let n = 1; !ended; n++) {
        put(item('a', String(n)));
        await clock.sleep(70);
      }
    })();
    expect(await verify({ side: 'source' })).toEqual([['different', 'a', 'a', 'w']]);
    ended = true;
    expect(clock.monotonic()).toBeGreaterThanOrEqual(10_000);
  });

  test('an item without a target form as soon as it is looked at again, if it still has none', async () => {
    const { verify, clock } = world({ source: [item('a', '1', bad)], target: [] });
    await verify({ side: 'source' });
    expect(clock.monotonic()).toBeLessThan(100);
    const mended = world({ source: [item('a', '1', bad)], target: [form('a', '1')] });
    const { scanned, options } = afterScan(mended, () => mended.put(item('a', '1')));
    expect(await mended.verify(options)).toEqual([]);
    expect(scanned()).toBe(1);
  });

  test('an item that failed first is compared when it does not fail any more', async () => {
    const mended = world({
      mapping: { ...byMail, up: onRawItems(upOfPeople) },
      source: [{ ...person('a', 'x'), ...bad }],
      target: [],
    });
    const { options } = afterScan(mended, () => mended.put(person('a', 'x')));
    expect(await mended.verify(options)).toEqual([['missing', 'a', 'x']]);
  });

  test('an extra item whose source comes, or that another unit takes over, does not', async () => {
    const first = world({
      mapping: byMail,
      source: [],
      target: [mailed('x', 'a'), mailed('y', 'a'), mailed('z', 'a')],
    });
    void first.clock.sleep(500).then(() => {
      first.put(person('a', 'x'));
      first.target.set('S:y', mailed('y', 'b'));
      first.target.delete('S:z');
    });
    expect(await first.verify({ side: 'target' })).toEqual([]);
  });
});

/** Changes something between the scan of the source and the first look. */
function afterScan(tables: ReturnType<typeof world>, change: () => void) {
  let scanned = 0;
  const page = [...tables.source.values()];
  const options: Partial<VerifySegmentOptions> = {
    side: 'source',
    scanPage: async () => {
      scanned += 1;
      void tables.clock.sleep(0).then(change);
      return { items: page, lastKey: undefined };
    },
  };
  return { options, scanned: () => scanned };
}

function upOfPeople(one: RawItem): readonly RawItem[] {
  if (one.bad) throw new Error('cannot be read');
  return byMail.up(one);
}

describe('after the cutover', () => {
  /** `lossy` values come back in capitals. */
  const down: Down = ({ w, ...rest }, old) => ({
    ...(old?.dropped ? { dropped: old.dropped } : {}),
    ...rest,
    v: text(w && 'S' in w ? w.S.toUpperCase() : ''),
  });
  const leads = 'target';

  test('a pair agrees also where the source has the old form of the target item', async () => {
    const given = { source: [item('a', 'X'), item('b', 'y')], target: [form('a', 'x'), form('b', 'y')] };
    expect(await world(given).verify({ down, leads })).toEqual([]);
    expect(await world(given).verify({ leads })).toEqual([['different', 'a', 'a', 'w']]);
  });

  test('a target item is not extra where its old form is there, even if the move leaves that out', async () => {
    const given = { source: [item('a', 'x', hidden)], target: [form('a', 'x')] };
    const keeping: Down = (one, old) => old ?? one;
    expect(await world(given).verify({ down: keeping, leads })).toEqual([]);
    expect(await world(given).verify({ leads })).toEqual([['extra', 'a', 'a']]);
  });

  test('the target is what has to rest', async () => {
    const { verify, target, source, clock } = world({ source: [item('a', 'X')], target: [form('a', '1')] });
    let ended = false;
    void (async () => {
      for (let n = 2; !ended; n++) {
        target.set('S:a', form('a', String(n)));
        await clock.sleep(70);
        if (n > 30) source.set('S:a', item('a', String(n - 5)));
      }
    })();
    expect(await verify({ side: 'source', down, leads })).toEqual([]);
    ended = true;
  });

  test('repair goes the other way', async () => {
    const news = [form('a', 'x'), form('b', 'new')];
    const olds = [item('a', '1', { dropped: text('d') }), item('c', 'gone'), item('d', '1', hidden)];
    const { verify, saved, source, target, ports } = world({ source: olds, target: news });
    const writeTarget = reverseWriter({
      mapping: renaming,
      down,
      readSource: ports.readSource,
      writeSource: async (writes) => {
        for (const { key, item: old } of writes) {
          const id = keyId(key, renaming.sourceKeys);
          if (old) source.set(id, rawItem(old));
          else source.delete(id);
        }
        return writes.map(() => ({ result: 'written', late: false }));
      },
    });
    const readTarget = async (keys: readonly RawItem[]) =>
      keys.map((key) => target.get(keyId(key, renaming.targetKeys))).filter((one) => one !== undefined);
    const repair = all(async (units) => {
      const reverse = { mapping: reverseMapping(renaming), readSource: readTarget, writeTarget };
      await reconcile(units, { ...reverse, obligations: ports.obligations });
    });
    expect(await verify({ down, leads, repair })).toEqual([]);
    expect(saved.reduce((total, { repaired }) => total + repaired, 0)).toBe(3);
    expect([...source.values()]).toEqual([
      { ...item('a', 'X'), dropped: text('d') },
      item('d', '1', hidden),
      item('b', 'NEW'),
    ]);
  });

  test('a move that changes keys has none', async () => {
    const { verify } = world({ mapping: byMail, source: [], target: [] });
    await expect(verify({ leads })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('repair', () => {
  test('hands differences over by unit, and counts those that are gone', async () => {
    const split: Mapping = {
      ...byMail,
      up: onRawItems((one) => ['1', '2'].map((n) => ({ mail: text(`${idOf(one)}${n}`) }))),
    };
    const source = [item('a', '1'), item('b', '1')];
    const target = [mailed('b1', 'b'), mailed('b2', 'b'), mailed('b3', 'b'), { mail: text('nobody') }];
    const { verify, saved, ports, target: repairedTarget } = world({ mapping: split, source, target, pageSize: 10 });
    const asked: (readonly Unit[])[] = [];
    const repair = all(async (units) => {
      asked.push(units);
      await reconcile(units, ports);
    });
    expect(await verify({ repair })).toEqual([['extra', undefined, 'nobody']]);
    expect(asked).toEqual([
      [{ unit: { id: text('a') }, keys: [{ mail: text('a1') }, { mail: text('a2') }] }],
      [{ unit: { id: text('b') }, keys: [{ mail: text('b3') }] }],
    ]);
    expect(saved).toMatchObject([
      { repaired: 2, differences: { missing: 0 } },
      { repaired: 1, differences: { extra: 1 } },
    ]);
    expect(repairedTarget.has('S:b3')).toBe(false);
  });

  test('what stays is reported as it is afterwards; what has no target form is not handed over', async () => {
    const { verify, saved } = world({ source: [item('a', '1'), item('b', '1', bad)], target: [] });
    const asked: (readonly Unit[])[] = [];
    const repair = all(async (units) => void asked.push(units));
    expect(await verify({ side: 'source', repair })).toEqual([
      ['missing', 'a', 'a'],
      ['failed', 'b', 'b'],
    ]);
    expect(asked).toEqual([[{ unit: { id: text('a') }, keys: [{ id: text('a') }] }]]);
    expect(saved).toMatchObject([{ repaired: 0, differences: { missing: 1, failed: 1 } }]);
  });

  test('only what was selected is repaired and counted; what others brought level meanwhile is no difference', async () => {
    const source = ['a', 'b', 'c'].map((id) => item(id, '1'));
    const { verify, saved, ports, target } = world({ source, target: [], pageSize: 10 });
    const repair: Repair = {
      select: async (differences) => differences.filter(({ unit }) => unit && idOf(unit) === 'a'),
      async reconcile(units) {
        await reconcile(units, ports);
        target.set('S:b', form('b', '1'));
      },
    };
    expect(await verify({ side: 'source', repair })).toEqual([['missing', 'c', 'c']]);
    expect(saved).toMatchObject([{ repaired: 1, differences: { missing: 1 } }]);
  });

  test('of a unit with several keys, only those that were selected', async () => {
    const both: Mapping = {
      ...byMail,
      up: onRawItems((one) => ['1', '2'].map((n) => ({ mail: text(`${idOf(one)}${n}`) }))),
    };
    const { verify, saved, ports } = world({ mapping: both, source: [item('a', '1')], target: [] });
    const repair: Repair = {
      select: async (differences) =>
        differences.filter(({ key }) => key?.mail && 'S' in key.mail && key.mail.S === 'a2'),
      reconcile: async (units) => void (await reconcile(units, ports)),
    };
    expect(await verify({ side: 'source', repair })).toEqual([['missing', 'a', 'a1']]);
    expect(saved).toMatchObject([{ repaired: 1, differences: { missing: 1 } }]);
  });

  test('nothing is written after a stop, as nobody could save what came of it', async () => {
    const { verify, saved, source, clock } = world({
      source: [item('a', '1'), item('b', '1')],
      target: [],
      pageSize: 1,
    });
    const stop = new AbortController();
    let repaired = false;
    const repair = all(async () => {
      repaired = true;
    });
    void (async () => {
      // One of them never rests.
      for (let n = 0; n < 20; n++, await clock.sleep(100)) source.set('S:a', item('a', String(n)));
      stop.abort();
    })();
    await expect(verify({ side: 'source', repair, signal: stop.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect({ repaired, saved }).toEqual({ repaired: false, saved: [] });
  });
});

/** A repair of all that differs. */
function all(work: (units: readonly Unit[]) => Promise<void>): Repair {
  return { select: async (differences) => differences, reconcile: work };
}

function idOf({ id }: RawItem): string {
  return id && 'S' in id ? id.S : '';
}

describe('pages', () => {
  const many = ['a', 'b', 'c', 'd', 'e'].map((id) => item(id, '1'));
  const forms = ['a', 'b', 'c', 'd', 'e'].map((id) => form(id, '1'));

  test('each is saved at once where nothing differs', async () => {
    const { verify, saved } = world({ source: many, target: forms });
    await verify({ side: 'source' });
    expect(saved.map(({ done, scanned, compared }) => [done, scanned, compared])).toEqual([
      [false, 2, 2],
      [false, 2, 2],
      [true, 1, 1],
    ]);
  });

  test('those with suspects wait for each other, and are saved as one', async () => {
    const { verify, saved } = world({ source: many, target: forms.slice(2) });
    await verify({ side: 'source' });
    expect(saved).toEqual([
      {
        startKey: undefined,
        done: true,
        scanned: 5,
        compared: 5,
        differences: { missing: 2, extra: 0, different: 0, failed: 0 },
        repaired: 0,
      },
    ]);
  });

  test('but not longer than the time of patience, and not more than a thousand', async () => {
    const slow = world({ source: many, target: [], pageSize: 1 });
    await slow.verify({
      side: 'source',
      readTarget: async () => {
        await slow.clock.sleep(400);
        return [];
      },
    });
    expect(slow.saved.map(({ scanned }) => scanned)).toEqual([4, 1]);
    const full = world({
      source: Array.from({ length: 2500 }, (_, n) => item(`${n}`, '1')),
      target: [],
      pageSize: 600,
    });
    await full.verify({ side: 'source' });
    expect(full.saved.map(({ scanned }) => scanned)).toEqual([1200, 1200, 100]);
  });

  test('a run goes on where the former one stopped', async () => {
    const { verify, saved, found } = world({ source: many, target: forms.slice(0, 4) });
    const stop = new AbortController();
    const first = verify({
      side: 'source',
      signal: stop.signal,
      saveCheckpoint: async (progress) => {
        saved.push(progress);
        stop.abort();
      },
    });
    await expect(first).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(saved).toMatchObject([{ done: false, scanned: 2 }]);
    await verify({ side: 'source', start: saved[0] ?? { startKey: undefined, done: true } });
    expect(saved.reduce((total, { scanned }) => total + scanned, 0)).toBe(5);
    expect(found).toHaveLength(1);
    await verify({ side: 'source', start: { startKey: undefined, done: true } });
    expect(saved).toHaveLength(3);
  });

  test('a signal ends the waiting: what is decided is saved, and the rest is scanned again', async () => {
    const { verify, saved, clock, found, target } = world({ source: many, target: forms.slice(0, 3) });
    const stop = new AbortController();
    target.delete('S:a');
    void clock.sleep(200).then(() => target.set('S:a', form('a', '1')));
    void clock.sleep(500).then(() => stop.abort());
    await expect(verify({ side: 'source', signal: stop.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(clock.monotonic()).toBeLessThan(1000);
    expect(saved).toMatchObject([{ done: false, scanned: 2 }]);
    expect(found).toEqual([]);
    await verify({ side: 'source', start: saved[0] ?? { startKey: undefined, done: true } });
    expect(found.map(({ key }) => key)).toEqual([{ id: text('d') }, { id: text('e') }]);
  });

  test('a sample is the same items in every run', async () => {
    const source = Array.from({ length: 200 }, (_, n) => item(`${n}`, '1'));
    const runs = [2, 50].map((pageSize) => world({ source, target: [], pageSize }));
    const found = await Promise.all(runs.map((one) => one.verify({ side: 'source', sample: 0.3 })));
    expect([...(found[0] ?? [])].sort()).toEqual([...(found[1] ?? [])].sort());
    const compared = (runs[1]?.saved ?? []).reduce((total, one) => total + one.compared, 0);
    expect(compared).toBe(found[1]?.length);
    expect(compared).toBeGreaterThan(30);
    expect(compared).toBeLessThan(90);
  });
});

test('finds each defect among 2,000 items, and nothing else, while they are written and followed with a lag', async () => {
  const id = (n: number) => String(n).padStart(4, '0');
  const source = Array.from({ length: 2000 }, (_, n) => item(id(n), '0', { n: { N: `9007199254740993.${n}1` } }));
  const target = source.flatMap((one) => renaming.up(one));
  const {
    put,
    delete: remove,
    source: live,
    target: followed,
    verify,
    clock,
    saved,
  } = world({ source, target, pageSize: 100 });
  const defects = [111, 222, 333, 444].map(id);
  const [rounded = '', missing = '', extra = '', stale = ''] = defects;
  followed.set(`S:${rounded}`, form(rounded, '0', { n: { N: '9007199254740993' } }));
  followed.delete(`S:${missing}`);
  live.delete(`S:${extra}`);
  followed.set(`S:${stale}`, form(stale, 'former', { n: { N: `9007199254740993.4441` } }));

  let ended = false;
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  /** Brings what was written to the target, in order, as it was then. */
  async function follow(key: RawItem, one: RawItem | undefined): Promise<void> {
    await clock.sleep(300);
    const [wanted] = targetItemsOf(key, one, renaming);
    if (wanted) followed.set(wanted.id, wanted.item);
    else followed.delete(keyId(key, renaming.targetKeys));
  }
  async function write(): Promise<void> {
    for (let n = 1; !ended; n++) {
      // Every other write is to one of five hot items.
      const own = id(n % 2 === 0 ? random(5) : random(2000));
      if (!defects.includes(own)) {
        const key = { id: text(own) };
        if (random(4) === 0) remove(key);
        else put(item(own, String(n)));
        void follow(key, live.get(keyId(key, renaming.sourceKeys)));
      }
      await clock.sleep(3);
    }
  }
  void write();
  const found = await verify();
  ended = true;
  expect(found).toEqual([
    ['different', rounded, rounded, 'n'],
    ['missing', missing, missing],
    ['different', stale, stale, 'w'],
    ['extra', extra, extra],
  ]);
  expect(saved.reduce((total, { scanned }) => total + scanned, 0)).toBeGreaterThan(3500);
});
