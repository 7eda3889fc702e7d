import { expect, test } from 'vitest';
import { MigrateError } from '../../src/errors.js';
import { intentOf } from '../../src/reconcile/mapping.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { byMail, fakeTables, renaming, text } from './fakes.js';

const item = (id: string, v: string) => ({ id: text(id), v: text(v) });
const unit = (id: string) => ({ unit: { id: text(id) }, keys: [{ id: text(id) }] });

test('one write and one validating read for a page that nobody changes', async () => {
  const items = [item('a', '1'), item('b', '2')];
  const { ports, calls, target } = fakeTables(renaming, items);
  const units = items.map((one) => ({ ...unit(one.id.S), guess: { item: one } }));
  expect(await reconcile(units, ports)).toEqual({ again: [], quarantined: 0, contested: 0 });
  expect(calls).toEqual(['write 2', 'read 2']);
  expect([...target.values()]).toEqual([
    { id: text('a'), w: text('1') },
    { id: text('b'), w: text('2') },
  ]);
});

test('only what changed is written again, and a stale guess is corrected', async () => {
  const { ports, calls, target } = fakeTables(renaming, [item('a', 'new')]);
  const units = [
    { ...unit('a'), guess: { item: item('a', 'old') } },
    { ...unit('gone'), guess: { item: item('gone', '1') } },
    { ...unit('b'), guess: { item: undefined } },
  ];
  await reconcile(units, ports);
  expect(calls).toEqual(['write 3', 'read 3', 'write 2', 'read 2']);
  expect([...target.values()]).toEqual([{ id: text('a'), w: text('new') }]);
});

test('a unit without a guess is read first; a filtered item is deleted', async () => {
  const { ports, calls, target } = fakeTables(renaming, [{ id: text('a'), old: { BOOL: true } }]);
  target.set('S:a', { id: text('a'), w: text('left') });
  await reconcile([unit('a')], ports);
  expect(calls).toEqual(['read 1', 'write 1', 'read 1']);
  expect(target.size).toBe(0);
});

test('an equal number in another notation is no change', async () => {
  const { ports, calls } = fakeTables(renaming, [{ id: text('a'), n: { N: '1.0' } }]);
  await reconcile([{ ...unit('a'), guess: { item: { id: text('a'), n: { N: '1' } } } }], ports);
  expect(calls).toEqual(['write 1', 'read 1']);
});

test('an item without a target form is quarantined with its key, and the others go on', async () => {
  const bad = { id: text('a'), bad: { BOOL: true } as const };
  const { ports, stored, target } = fakeTables(renaming, [bad, item('b', '1')]);
  const units = [
    { ...unit('a'), guess: { item: bad } },
    { ...unit('b'), guess: { item: item('b', '1') } },
  ];
  expect(await reconcile(units, ports)).toMatchObject({ quarantined: 1 });
  expect(target.size).toBe(1);
  const [first] = stored.values();
  expect(first?.obligation).toMatchObject({
    kind: 'quarantined',
    intent: unit('a'),
    error: { code: 'TRANSFORM_FAILED', key: 'id=a' },
  });
});

test('an old image without a target form is nothing to quarantine', async () => {
  const { ports, stored, target } = fakeTables(renaming, [item('a', 'mended')]);
  await reconcile([{ ...unit('a'), guess: { item: { id: text('a'), bad: { BOOL: true } } } }], ports);
  expect(stored.size).toBe(0);
  expect(target.size).toBe(1);
});

test('an item that DynamoDB refuses is quarantined', async () => {
  const { ports, stored } = fakeTables(renaming, [item('a', '1'), item('b', '1')]);
  const refused = new MigrateError('ITEM_TOO_LARGE', 'too large', { key: 'id=a' });
  const writeTarget: typeof ports.writeTarget = async (writes) => {
    const outcomes = await ports.writeTarget(writes);
    return outcomes.map((outcome, index) => (index === 0 ? { ...outcome, result: refused } : outcome));
  };
  expect(await reconcile([unit('a'), unit('b')], { ...ports, writeTarget })).toMatchObject({ quarantined: 1 });
  expect([...stored.values()][0]?.obligation).toMatchObject({ kind: 'quarantined', error: refused });
});

test('unknown outcomes and items that never rest are given back', async () => {
  const { ports, put } = fakeTables(renaming, [item('late', '1'), item('hot', '0')]);
  let writes = 0;
  const pauses: number[] = [];
  const result = await reconcile([unit('late'), unit('hot')], {
    ...ports,
    maxAttempts: 3,
    pause: async (attempt) => void pauses.push(attempt),
    writeTarget: async (all) => {
      writes += 1;
      put(item('hot', String(writes)));
      const outcomes = await ports.writeTarget(all);
      return outcomes.map((outcome, index) => ({ ...outcome, late: writes === 1 && index === 0 }));
    },
  });
  expect(result.again).toEqual([unit('late'), unit('hot')]);
  expect(writes).toBe(3);
  expect(pauses).toEqual([1, 2]);
});

test('an infrastructure error rejects', async () => {
  const { ports } = fakeTables(renaming, [item('a', '1')]);
  const down = new Error('reset');
  const writeTarget = async () => Promise.reject(down);
  await expect(reconcile([unit('a')], { ...ports, writeTarget })).rejects.toBe(down);
});

test('a key that one unit gives up and another takes is handed over in one call', async () => {
  const before = { id: text('a'), mail: text('x') };
  const a = { id: text('a'), mail: text('y') };
  const b = { id: text('b'), mail: text('x') };
  const { ports, target, written, stored } = fakeTables(byMail, [before]);
  await reconcile([{ ...intentOf({ id: text('a') }, [before], byMail), guess: { item: before } }], ports);
  ports.readSource = fakeTables(byMail, [a, b]).ports.readSource;
  await reconcile(
    [
      { ...intentOf({ id: text('b') }, [b], byMail), guess: { item: b } },
      { ...intentOf({ id: text('a') }, [before, a], byMail), guess: { item: a } },
    ],
    ports,
  );
  expect(stored.size).toBe(0);
  expect(target.get('S:x')).toEqual({ mail: text('x'), _src: { M: { id: text('b') } } });
  for (const writes of written) expect(new Set(writes.map(({ key }) => key.mail)).size).toBe(writes.length);
});

test('a claim to a key of another unit is contested, never stolen', async () => {
  const a = { id: text('a'), mail: text('x') };
  const b = { id: text('b'), mail: text('x') };
  const { ports, target, stored } = fakeTables(byMail, [a, b]);
  const result = await reconcile(
    [a, b].map((one) => ({ ...intentOf({ id: one.id }, [one], byMail), guess: { item: one } })),
    ports,
  );
  expect(result.contested).toBe(1);
  expect(target.get('S:x')?._src).toEqual({ M: { id: text('a') } });
  expect([...stored.values()][0]?.obligation).toEqual({
    kind: 'contested',
    key: { mail: text('x') },
    claimants: [{ id: text('b') }],
  });
});
