import { describe, expect, test } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { readUnits, writeUnits } from '../../src/planning/capacity-units.js';
import type { CapacityPlan } from '../../src/planning/migration-plan.js';
import { identityChanges } from '../../src/planning/plan-identity.js';
import { priceOf } from '../../src/planning/price.js';
import { tableShape } from '../../src/planning/table-shape.js';
import { limitsWithin, secondsAtLimits } from '../../src/planning/time-at-limits.js';
import { writeCost } from '../../src/planning/write-cost.js';

test.each([
  [1, true, 1],
  [4096, true, 1],
  [4097, true, 2],
  [4097, false, 1],
  [0, true, 0],
])('reading %i bytes (consistent: %s) costs %d', (bytes, consistent, units) => {
  expect(readUnits(bytes, { consistent })).toBe(units);
});

test('writing costs the larger of before and after', () => {
  expect([writeUnits(1), writeUnits(1024), writeUnits(1025), writeUnits(5000, 10), writeUnits(10, 5000)]).toEqual([
    1, 1, 2, 5, 5,
  ]);
});

/** What Amazon's own engine answers to the same writes, with `ReturnConsumedCapacity: 'INDEXES'`. */
describe('an index costs', () => {
  const key = (name: string) => [{ AttributeName: name, KeyType: 'HASH' as const }];
  const table = tableShape({
    TableName: 'T',
    KeySchema: key('id'),
    GlobalSecondaryIndexes: [
      { IndexName: 'all', KeySchema: key('a'), Projection: { ProjectionType: 'ALL' } },
      { IndexName: 'some', KeySchema: key('b'), Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['c'] } },
    ],
  });
  const item: RawItem = { id: { S: '1' }, a: { S: 'x' }, b: { S: 'y' }, big: { S: 'z'.repeat(3000) } };
  const { b: _b, ...without } = item;

  test.each<[string, RawItem | undefined, RawItem, number, number[]]>([
    ['a write each, for a new item', undefined, item, 3, [3, 1]],
    ['two where its key changes', item, { ...item, b: { S: 'q' } }, 3, [3, 2]],
    ['two large ones where it carries all', item, { ...item, a: { S: 'q' } }, 3, [6, 0]],
    ['nothing where nothing of it changes', item, { ...item, o: { S: 'q' } }, 3, [3, 0]],
    ['one where a carried attribute changes', item, { ...item, c: { S: 'q' } }, 3, [3, 1]],
    ['one where the item leaves it', item, without, 3, [3, 1]],
    ['one where the item comes into it', without, item, 3, [3, 1]],
    ['nothing for an item that is not in it', without, { ...without, c: { S: 'q' } }, 3, [3, 0]],
  ])('%s', (_what, before, after, own, indexes) => {
    expect(writeCost(table, before, after)).toEqual({ table: own, indexes });
  });
});

describe('the time', () => {
  const phase = (name: CapacityPlan['phase'], table: string, read: number, write = 0, index = 0): CapacityPlan => ({
    phase: name,
    table,
    readUnits: read,
    writeUnits: write,
    indexes: index === 0 ? [] : [{ name: 'i', writeUnits: index }],
  });
  const limits = (index?: number) => () => ({ table: { read: 10, write: 5 }, indexes: { i: { write: index } } });

  test('is that of whatever holds up a phase most, one phase after another', () => {
    const phases = [phase('backfill', 'A', 100), phase('backfill', 'B', 0, 100), phase('verify', 'A', 50)];
    expect(secondsAtLimits(phases, limits(1))).toBe(20 + 5);
  });

  test('may be that of an index', () => {
    expect(secondsAtLimits([phase('rewrite', 'A', 10, 60, 50)], limits(1))).toBe(50);
    expect(secondsAtLimits([phase('rewrite', 'A', 10, 60, 50)], limits(100))).toBe(2);
  });

  test('is unknown where something has no limit, unless there is nothing to do', () => {
    expect(secondsAtLimits([phase('rewrite', 'A', 10, 60, 50)], limits())).toBeNull();
    expect(secondsAtLimits([phase('rewrite', 'A', 10, 0, 0)], () => ({ table: { read: 1 }, indexes: {} }))).toBe(10);
  });

  test('is longer within a budget: units for all together, or a share of each', () => {
    const throughput = (ReadCapacityUnits: number, WriteCapacityUnits: number) => ({
      ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits },
    });
    const provisioned = tableShape({
      TableName: 'A',
      ...throughput(10, 20),
      GlobalSecondaryIndexes: [{ IndexName: 'i', ...throughput(1, 10) }],
    });
    const onDemand = tableShape({ TableName: 'A', GlobalSecondaryIndexes: [{ IndexName: 'i' }] });
    const work = [phase('rewrite', 'A', 100, 60, 40)];
    const seconds = (shape: typeof onDemand, limits: object, figures = {}) =>
      secondsAtLimits(work, () => limitsWithin(shape, { limits, onDemand: figures }));
    expect(seconds(provisioned, {})).toBe(10);
    expect(seconds(provisioned, { write: 3 })).toBe(20);
    expect(seconds(provisioned, { read: '50%', write: '10%' })).toBe(40);
    expect(seconds(onDemand, { write: 3 })).toBeNull();
    expect(seconds(onDemand, { read: 2, write: 3 })).toBe(50);
    expect(seconds(onDemand, { read: 2, write: '25%' }, { write: 4 })).toBe(60);
  });

  test('costs money on demand only', () => {
    const phases = [phase('backfill', 'A', 1_000_000), phase('backfill', 'B', 0, 2_000_000)];
    const prices = { readMillion: 0.25, writeMillion: 1.25, currency: 'USD' };
    const price = (onDemand: string) => priceOf(phases, { prices, isOnDemand: (name) => onDemand.includes(name) });
    expect([price('AB')?.amount, price('B')?.amount, price('')]).toEqual([2.75, 2.5, null]);
    expect(priceOf(phases, { prices: undefined, isOnDemand: () => true })).toBeNull();
  });
});

test('identities are compared part by part, and in order', () => {
  const one = {
    tool: '1',
    environment: 'e',
    metaTable: 'm',
    migrations: ['1-a x', '2-b y'],
    record: [],
    tables: ['T 1'],
  };
  expect(identityChanges(one, { ...one })).toEqual([]);
  expect(identityChanges(one, { ...one, migrations: ['2-b y', '1-a x'] })).toEqual(['migrations are in another order']);
  expect(identityChanges(one, { ...one, migrations: ['1-a x'], tables: ['T 2'], metaTable: 'n' })).toEqual([
    'the meta table was `m`, and is `n`',
    'migrations changed: `2-b`',
    'tables changed: `T`',
  ]);
});
