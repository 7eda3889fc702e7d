import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MigrateError } from '../../src/errors.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { equalItems } from '../../src/item/equal.js';
import { handleStreamRecords } from '../../src/reconcile/handle-stream-records.js';
import { type Down, reverseMapping, reverseWriter } from '../../src/reconcile/lens.js';
import type { Mapping } from '../../src/reconcile/mapping.js';
import type { WriteTarget } from '../../src/reconcile/ports.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { settleObligations } from '../../src/reconcile/settle-obligations.js';
import { onRawItems } from '../support/on-raw-items.js';
import { byMail, fakeTables, text } from './fakes.js';

/** Old `{ id, v, secret }`, new `{ key, w, id }`: `secret` is dropped, and `id` is an ordinary attribute of the new form. */
const move: Mapping = {
  up: onRawItems((item) => {
    if (item.hidden) return [];
    if (item.broken) throw new Error('cannot be read');
    return [{ key: item.id ?? text(''), w: item.v ?? text(''), id: text('new') }];
  }),
  sourceKeys: { partitionKey: 'id' },
  targetKeys: { partitionKey: 'key' },
};
const down: Down = ({ key, w }, old) => {
  if (w && 'S' in w && w.S === 'refused') throw new MigrateError('ITEM_INVALID', 'no old form', { fix: 'mend it' });
  const { hidden: _, ...rest } = old ?? {};
  return { ...rest, id: w && 'S' in w && w.S === 'elsewhere' ? w : (key ?? text('')), v: w ?? text('') };
};

const older = (id: string, v: string, more: RawItem = {}): RawItem => ({ id: text(id), v: text(v), ...more });
const newer = (key: string, w: string): RawItem => ({ key: text(key), w: text(w), id: text('new') });
const secret = { secret: text('s') };

/** The tables with their roles swapped: `source` is the new one, `target` the old one. */
function tables(news: readonly RawItem[], olds: readonly RawItem[], wrap = (write: WriteTarget) => write) {
  const world = fakeTables(reverseMapping(move), news);
  for (const item of olds) world.target.set(idOf(item.id), item);
  const readOld = async (keys: readonly RawItem[]) =>
    keys.map(({ id }) => world.target.get(idOf(id))).filter((item) => item !== undefined);
  const writeTarget = reverseWriter({
    mapping: move,
    down,
    readSource: readOld,
    writeSource: wrap(world.ports.writeTarget),
  });
  return { ...world, readOld, ports: { ...world.ports, writeTarget } };
}

function idOf(value: RawItem[string] | undefined): string {
  return `S:${value && 'S' in value ? value.S : ''}`;
}

const unit = (key: string) => ({ unit: { key: text(key) }, keys: [{ id: text(key) }] });

const cases: readonly (readonly [string, RawItem | undefined, RawItem | undefined, RawItem | undefined])[] = [
  ['a changed item keeps what was dropped', newer('a', '2'), older('a', '1', secret), older('a', '2', secret)],
  ['an item that agrees is as it was', newer('a', '1'), older('a', '1', secret), older('a', '1', secret)],
  ['a new item has no former form', newer('a', '1'), undefined, older('a', '1')],
  ['a deleted item is deleted', undefined, older('a', '1', secret), undefined],
  [
    'an item that was left out stays',
    undefined,
    older('a', '1', { hidden: text('') }),
    older('a', '1', { hidden: text('') }),
  ],
  [
    'one that was left out, and is there now, is replaced',
    newer('a', '2'),
    older('a', '1', { hidden: text('') }),
    older('a', '2'),
  ],
  ['nothing makes nothing', undefined, undefined, undefined],
];

test.each(cases)('%s', async (_, after, before, expected) => {
  const { ports, target, written } = tables(after ? [after] : [], before ? [before] : []);
  expect(await reconcile([unit('a')], ports)).toEqual({ again: [], quarantined: 0, contested: 0 });
  expect(target.get('S:a')).toEqual(expected);
  // It always writes, by the old key, unconditionally.
  expect(written).toEqual([[{ key: { id: text('a') }, item: expected, owner: undefined }]]);
});

test('what `up` or `down` throws quarantines the unit, with its key, and the others go on', async () => {
  const olds = [older('broken', '1', { broken: text('') }), older('gone', '1', { broken: text('') })];
  const news = [newer('broken', '1'), newer('refused', 'refused'), newer('moved', 'elsewhere'), newer('good', '1')];
  const { ports, target, stored } = tables(news, olds);
  const all = ['broken', 'gone', 'refused', 'moved', 'good'].map(unit);
  expect(await reconcile(all, ports)).toMatchObject({ quarantined: 4 });
  expect([...stored.values()].map(({ obligation }) => obligation)).toMatchObject([
    // Deletes go first.
    { kind: 'quarantined', intent: unit('gone'), error: { code: 'TRANSFORM_FAILED', key: 'id=gone' } },
    { kind: 'quarantined', intent: unit('broken'), error: { code: 'TRANSFORM_FAILED', key: 'id=broken' } },
    {
      kind: 'quarantined',
      intent: unit('refused'),
      error: { code: 'ITEM_INVALID', key: 'key=refused', fix: 'mend it' },
    },
    { kind: 'quarantined', intent: unit('moved'), error: { code: 'ITEM_INVALID', key: 'key=moved' } },
  ]);
  expect(target.get('S:good')).toEqual(older('good', '1'));
  expect(target.get('S:gone')).toEqual(olds[1]);
});

test('outcomes belong to their writes where some are not sent', async () => {
  const { ports } = tables([newer('refused', 'refused'), newer('late', '1')], [], (write) => async (writes) => {
    return (await write(writes)).map((outcome) => ({ ...outcome, late: true }));
  });
  expect((await reconcile([unit('refused'), unit('late')], ports)).again).toEqual([unit('late')]);
});

test('a move that changes keys has no reverse', () => {
  const internal = expect.objectContaining({ code: 'INTERNAL' });
  expect(() => reverseMapping(byMail)).toThrow(internal);
  const none = async () => [];
  expect(() => reverseWriter({ mapping: byMail, down, readSource: none, writeSource: none })).toThrow(internal);
});

const keys = ['a', 'b', 'c', 'hidden'];
const change = fc.record({
  key: fc.constantFrom(...keys),
  w: fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined }),
});
const fault = fc.constantFrom('none', 'none', 'none', 'late', 'lost', 'never sent');

test('after any interleaving the tables agree, and what the new one does not know survives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.infiniteStream(fault),
      fc.boolean(),
      async (schedule, changes, replays, faults, withImages) => {
        await reverseSync({ schedule, changes, replays, faults, withImages });
      },
    ),
    { numRuns: 1000 },
  );
}, 60_000);

interface Run {
  readonly schedule: fc.Scheduler;
  readonly changes: readonly { readonly key: string; readonly w: string | undefined }[];
  readonly replays: readonly number[];
  readonly faults: fc.Stream<string>;
  readonly withImages: boolean;
}

async function reverseSync({ schedule, changes, replays, faults, withImages }: Run): Promise<void> {
  const step = () => schedule.schedule(Promise.resolve());
  const news = [newer('a', '1'), newer('b', '1')];
  const olds = [
    older('a', '1', secret),
    older('b', '1', secret),
    older('hidden', '0', { hidden: text(''), ...secret }),
  ];
  const inTheAir = new Set<() => Promise<unknown>>();
  let calm = false;
  const world = tables(news, olds, (write) => async (writes) => {
    const [kind = 'none'] = calm ? [] : faults.take(1);
    const land = async () => inTheAir.delete(land) && write(writes);
    if (kind !== 'none') {
      inTheAir.add(land);
      void step().then(land);
    }
    await step();
    if (kind === 'never sent') throw new Error('reset');
    const outcomes = await write(writes);
    if (kind === 'lost') throw new Error('reset');
    return outcomes.map((outcome) => ({ ...outcome, late: kind === 'late' }));
  });
  const { source, target, stored, ports } = world;
  const stepping = {
    ...ports,
    readSource: (asked: readonly RawItem[]) => step().then(() => ports.readSource(asked)),
  };

  const records: unknown[] = [];
  async function application(): Promise<void> {
    for (const { key, w } of changes) {
      await step();
      const before = source.get(`S:${key}`);
      const after = w === undefined ? undefined : newer(key, w);
      if (after) source.set(`S:${key}`, after);
      else source.delete(`S:${key}`);
      if (!before && !after) continue;
      const images = withImages ? { ...(before && { OldImage: before }), ...(after && { NewImage: after }) } : {};
      records.push({
        eventName: after ? (before ? 'MODIFY' : 'INSERT') : 'REMOVE',
        dynamodb: { Keys: { key: text(key) }, SequenceNumber: String(records.length + 1), ...images },
      });
    }
  }
  async function deliver(batch: readonly unknown[]): Promise<void> {
    // As a stream does: a batch that failed comes again at once.
    while ((await handleStreamRecords(batch, stepping)).batchItemFailures.length > 0);
  }
  let ended = false;
  async function follower(): Promise<void> {
    let next = 0;
    while (!ended || next < records.length) {
      await step();
      const batch = records.slice(next, next + 2);
      next += batch.length;
      if (batch.length > 0) await deliver(batch);
    }
  }
  async function replayer(): Promise<void> {
    for (const replay of replays) {
      await step();
      const record = records[replay % Math.max(1, records.length)];
      if (record) await deliver([record]);
    }
  }
  const writing = application().then(() => {
    ended = true;
  });
  await schedule.waitFor(Promise.all([writing, follower(), replayer()]));

  calm = true;
  const settling = settleObligations({
    ...ports,
    readTarget: world.readOld,
    obligations: { ...ports.obligations, list: async () => [...stored.values()] },
    waitHorizon: async () => {
      for (const land of inTheAir) await land();
    },
  });
  await schedule.waitFor(settling);

  expect(stored.size).toBe(0);
  for (const key of keys) {
    const old = target.get(`S:${key}`);
    const [form] = old ? move.up(old) : [];
    expect(form).toEqual(source.get(`S:${key}`));
    const own = changes.filter((one) => one.key === key);
    const wasDeleted = own.some(({ w }) => w === undefined);
    if (key === 'hidden' && own.every(({ w }) => w === undefined)) expect(old).toEqual(olds[2]);
    else if (key !== 'c' && !wasDeleted) expect(old && equalItems({ ...old, ...secret }, old)).toBe(true);
  }
}
