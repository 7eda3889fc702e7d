import { describe, expect, it } from 'vitest';
import type { RawItem } from '../../../src/item/attribute-value.js';
import { createMoveItems } from '../../../src/transform/items.js';
import type { Operation } from '../../../src/transform/operation.js';
import { filter } from '../../../src/transform/operations/filter.js';
import { rekey } from '../../../src/transform/operations/rekey.js';
import { rename } from '../../../src/transform/operations/rename.js';
import { split } from '../../../src/transform/operations/split.js';
import { spreadItem } from '../../../src/transform/spread-item.js';
import { applyTransform } from '../../../src/transform/transform.js';
import { awkwardItem, deepCopy } from '../../item/awkward-values.js';
import { errorOf } from './apply.js';

type Item = Record<string, unknown>;

const key = { partitionKey: { name: 'id', type: 'S' }, sortKey: { name: 'at', type: 'N' } } as const;
const item = { id: { S: '1' }, at: { N: '1.0' }, tags: { L: [{ S: 'a' }] } };
const run = (operation: Operation, one: RawItem = item) => spreadItem({ operations: [operation] }, one);

describe('filter', () => {
  it('keeps the very item, or leaves it out', () => {
    const before = deepCopy(awkwardItem);
    expect(
      run(
        filter(() => true),
        awkwardItem,
      )[0],
    ).toBe(awkwardItem);
    expect(
      run(
        filter((one: Item) => one.missing),
        awkwardItem,
      ),
    ).toEqual([]);
    expect(awkwardItem).toEqual(before);
  });

  it('sees what the operations before made, and ends the chain for what it leaves out', () => {
    const fail = () => {
      throw new Error('not for this item');
    };
    const operations = [rename('id', 'x'), filter((one: Item) => one.x !== '1'), filter(fail)];
    expect(spreadItem({ operations }, item)).toEqual([]);
  });

  it.each<[string, (one: Item) => unknown, string]>([
    ['throws', (one) => (one.missing as Item).x, 'TRANSFORM_FAILED'],
    ['is asynchronous', async () => true, 'TRANSFORM_ASYNC'],
    ['changes a list', (one) => (one.tags as string[]).push('b'), 'TRANSFORM_FAILED'],
    ['changes the item', (one) => delete one.id, 'TRANSFORM_FAILED'],
  ])('refuses a function that %s', (_name, keep, code) => {
    expect(errorOf(() => run(filter(keep)))).toMatchObject({ code });
  });

  it('refuses mistakes in the chain', () => {
    expect(errorOf(() => filter('x' as never))).toMatchObject({
      code: 'MIGRATION_INVALID',
      message: '`filter` was given `x` for its function',
    });
    expect(filter(function active() {}).description).toBe('filter active');
  });
});

describe('rekey', () => {
  it('leaves an item that has the key as it is', () => {
    expect(run(rekey(key))[0]).toBe(item);
    expect(rekey({ ...key, source: { id: 'userId' } }).targetKey).toStrictEqual({ ...key, source: { id: 'userId' } });
    expect(rekey(key).description).toBe('rekey id + at');
    expect(
      run(rekey({ partitionKey: { name: 'bytes', type: 'B' } }), { bytes: { B: new Uint8Array([0]) } }),
    ).toHaveLength(1);
  });

  it.each<[string, RawItem, string]>([
    ['is missing', { id: { S: '1' } }, 'the key attribute `at` is missing'],
    ['has another type', { ...item, at: { S: '1' } }, 'the key attribute `at` is of type S, not N'],
    ['is empty', { ...item, id: { S: '' } }, 'the key attribute `id` is empty'],
  ])('refuses an item whose key %s', (_name, one, message) => {
    expect(errorOf(() => run(rekey(key), one))).toMatchObject({
      code: 'ITEM_INVALID',
      message: `\`rekey id + at\`: ${message}`,
      fix: expect.stringContaining('`filter`'),
    });
    expect(
      errorOf(() =>
        run(
          split(() => [one], key),
          item,
        ),
      ),
    ).toMatchObject({ code: 'ITEM_INVALID' });
  });

  it.each<[string, unknown, string]>([
    ['no options', undefined, '`rekey` was given `undefined` for its options'],
    ['an unknown option', { ...key, sortkey: 1 }, '`rekey` has no option `sortkey`'],
    ['no partition key', {}, '`rekey` was given `undefined` for `partitionKey`'],
    ['the name alone', { partitionKey: 'id' }, '`rekey` was given `id` for `partitionKey`'],
    ['no name', { partitionKey: { type: 'S' } }, '`rekey` was given `undefined` for an attribute name'],
    ['no type', { partitionKey: { name: 'id' } }, '`rekey` was given `undefined` for the type of `id`'],
    [
      'a wrong type',
      { ...key, sortKey: { name: 'at', type: 'BOOL' } },
      '`rekey` was given `BOOL` for the type of `at`',
    ],
    ['one attribute twice', { ...key, sortKey: key.partitionKey }, '`rekey` has `id` for both of its keys'],
    ['a source that is no object', { ...key, source: 'id' }, '`rekey` was given `id` for `source`'],
    [
      'a source without a name',
      { ...key, source: { id: '' } },
      '`rekey` was given an empty string for an attribute name',
    ],
    ['one place for two keys', { ...key, source: { id: 'x', at: 'x' } }, '`rekey` keeps two keys of the source in `x`'],
  ])('refuses %s', (_name, options, message) => {
    expect(errorOf(() => rekey(options))).toMatchObject({ code: 'MIGRATION_INVALID', message });
  });

  it('is the last operation', () => {
    const chain = createMoveItems().rekey(key) as ReturnType<typeof createMoveItems>;
    expect(errorOf(() => chain.add('x', 1))).toMatchObject({
      code: 'MIGRATION_INVALID',
      message: '`add x` comes after `rekey id + at`',
    });
  });
});

describe('split', () => {
  it('gives plain items, with the exact values that went in', () => {
    const parts = ({ tags, ...one }: Item) => [one, { ...one, at: 2, tags }, { id: 'x', at: one.at, none: undefined }];
    const [first, second, third] = run(split(parts, key));
    expect(first).toStrictEqual({ id: item.id, at: item.at });
    expect(second).toStrictEqual({ ...item, at: { N: '2' } });
    expect(second?.tags).toBe(item.tags);
    expect(third).toStrictEqual({ id: { S: 'x' }, at: { N: '1.0' } });
    expect(split(parts, key).description).toBe('split parts');
  });

  it('may return the item itself, also twice, and nothing', () => {
    expect(run(split((one: Item) => [one, one], key))).toStrictEqual([item, item]);
    expect(run(split(() => [], key))).toEqual([]);
  });

  it.each<[string, (one: Item) => unknown, string, string]>([
    ['one item', (one) => ({ ...one }), 'ITEM_INVALID', '`split` returned an object instead of an array of items'],
    ['nothing', () => undefined, 'ITEM_INVALID', '`split` returned `undefined` instead of an array of items'],
    ['a hole', () => new Array(1), 'ITEM_INVALID', '`split` returned `undefined` instead of an item'],
    ['a text', () => ['x'], 'ITEM_INVALID', '`split` returned `x` instead of an item'],
    ['a promise', async () => [], 'TRANSFORM_ASYNC', '`split` returned a promise'],
    ['promises', (one) => [Promise.resolve(one)], 'ITEM_INVALID', '`split` returned a promise instead of an item'],
  ])('refuses %s', (_name, fn, code, message) => {
    Object.defineProperty(fn, 'name', { value: '' });
    expect(errorOf(() => run(split(fn, key)))).toMatchObject({ code, message });
  });

  it('refuses mistakes in the chain', () => {
    expect(errorOf(() => split('x' as never, key))).toMatchObject({
      message: '`split` was given `x` for its function',
    });
    expect(errorOf(() => split(() => [], undefined))).toMatchObject({
      code: 'MIGRATION_INVALID',
      message: '`split` was given `undefined` for its options',
    });
  });
});

describe('operations of moves', () => {
  it('have no place where one item becomes one item', () => {
    for (const operation of [filter(() => true), split(() => [], key)]) {
      expect(errorOf(() => applyTransform({ operations: [operation] }, item))).toMatchObject({ code: 'INTERNAL' });
    }
  });
});
