import { describe, expect, it } from 'vitest';
import { defineMigration } from '../../src/definition/define-migration.js';
import type { MoveMigration } from '../../src/definition/define-move.js';
import { isDefinition } from '../../src/definition/definition-mark.js';
import { table } from '../../src/definition/table.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { describeTransform } from '../../src/transform/describe-transform.js';
import type { MoveItems } from '../../src/transform/move-items.js';
import { errorOf } from '../transform/operations/apply.js';

type Untyped = MoveItems<Record<string, unknown>>;
type Item = Record<string, unknown>;

const keys = { partitionKey: 'id', sortKey: 'type' } as const;
const valid = {
  description: 'Move users',
  from: table('USERS', keys),
  to: table('USERSV2'),
  up: (items: Untyped) => items.rename('a', 'b').add('channel', 'EMAIL'),
};
const rekeyed = { partitionKey: { name: 'email', type: 'S' }, source: { type: 'kind' } } as const;
const key = { id: { S: '1' }, type: { S: 'x' } };

const define = (change: object = {}) => defineMigration({ ...valid, ...change } as never) as unknown as MoveMigration;

describe('the definition of a move', () => {
  it('gives frozen data and functions', () => {
    const target = {
      indexes: [
        {
          name: 'by-channel',
          partitionKey: { name: 'channel', type: 'S' },
          sortKey: { name: 'at', type: 'N' },
          projection: ['b'],
          throughput: { read: 1, write: 2 },
        },
      ],
      dropIndexes: ['old-index'],
      throughput: 'on-demand',
    };
    const move = define({ target });
    expect(move).toMatchObject({
      kind: 'move',
      description: 'Move users',
      from: { name: 'USERS', ...keys },
      to: { name: 'USERSV2' },
      irreversible: undefined,
      rekeyed: undefined,
    });
    expect(move.target).toStrictEqual(target);
    expect(describeTransform(move.up)).toBe('rename a → b, add channel');
    expect(isDefinition(move)).toBe(true);
    const parts = [move.from, move.target.indexes, move.target.indexes?.[0], move.target.indexes?.[0]?.projection];
    for (const part of [move, ...parts, move.target, move.target.dropIndexes, move.up, move.up.operations]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(define().target).toStrictEqual({});
    expect(define({ target: { expect: true } }).target).toStrictEqual({ expect: true });
    expect(define({ target: { throughput: { read: 5, write: 5 } } }).target.throughput).toStrictEqual({
      read: 5,
      write: 5,
    });
  });

  it('applies the chain: items kept, left out, or as they were', () => {
    const move = define({ up: (items: Untyped) => items.filter((item) => item.gone !== true).rename('a', 'b') });
    const exact = { N: '1.0' };
    const [result, ...others] = move.apply<RawItem>({ ...key, a: exact });
    expect(result).toStrictEqual({ ...key, b: exact });
    expect(result?.b).toBe(exact);
    expect(others).toEqual([]);
    expect(move.apply({ ...key, gone: { BOOL: true } })).toEqual([]);
    const copy = define({ up: (items: Untyped) => items });
    expect(copy.apply(key)[0]).toBe(key);
    expect(copy.down?.(key, undefined)).toBe(key);
  });

  it('needs no `needed` and no idempotence', () => {
    const increment = (item: Item) => ({ ...item, n: Number(item.n) + 1 });
    const move = define({ up: (items: Untyped) => items.map(increment), irreversible: 'x' });
    expect(move.apply({ ...key, n: { N: '1' } })).toEqual([{ ...key, n: { N: '2' } }]);
  });

  it('says what the new key is', () => {
    const move = define({
      to: table('USERSV2', { partitionKey: 'email' }),
      up: (items: Untyped) => items.rename('type', 'kind').rekey(rekeyed),
      irreversible: 'another key',
    });
    expect(move.rekeyed).toStrictEqual({
      partitionKey: { name: 'email', type: 'S' },
      source: { type: 'kind' },
    });
    const item = { ...key, email: { S: 'a@b' } };
    expect(move.apply(item)).toEqual([{ id: { S: '1' }, kind: { S: 'x' }, email: { S: 'a@b' } }]);
    expect(errorOf(() => move.apply(key))).toMatchObject({ code: 'ITEM_INVALID' });
  });

  it('makes several items of one', () => {
    const move = define({
      up: (items: Untyped) =>
        items.split(
          ({ parts, ...item }): Item[] => (parts as unknown[]).map((part, position) => ({ ...item, part, position })),
          { partitionKey: { name: 'id', type: 'S' }, sortKey: { name: 'position', type: 'N' } },
        ),
      irreversible: 'several items of one',
    });
    const huge = { N: '12345678901234567890123456789012345678' };
    expect(move.apply({ ...key, parts: { L: [{ S: 'a' }, huge] } })).toEqual([
      { ...key, part: { S: 'a' }, position: { N: '0' } },
      { ...key, part: huge, position: { N: '1' } },
    ]);
    expect(move.apply({ ...key, parts: { L: [] } })).toEqual([]);
  });

  it('refuses items over 400 KB, in both directions', () => {
    const long = (item: Item) => ({ ...item, text: 'x'.repeat(400 * 1024) });
    const move = define({ up: (items: Untyped) => items.map(long), down: long });
    for (const call of [() => move.apply(key), () => move.down?.(key, undefined)]) {
      expect(errorOf(call)).toMatchObject({ code: 'ITEM_TOO_LARGE', fix: expect.stringContaining('`filter`') });
    }
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['no description', { description: '' }, '`description` is an empty string', 'say in a line'],
    ['an unknown key', { wehre: {} }, '`wehre` is not a key of a move', '`target`'],
    ['a filter of migrations in place', { where: { a: 1 } }, '`where` is not a key of a move', '`target`'],
    ['a table beside', { table: table('USERS') }, 'both `table` and `from` are given', '`from` and `to`'],
    ['no `to`', { to: undefined }, '`to` is `undefined`', "table<Item>('NAME')"],
    ['no `from`', { from: undefined }, '`from` is `undefined`', "table<Item>('NAME')"],
    ['the name of a table', { to: 'USERSV2' }, '`to` is `USERSV2`', "table<Item>('NAME')"],
    ['an object with a bad name', { to: { name: 'x' } }, '`table` was given `x` for a table name', '3 to 255'],
    ['one table for both', { to: table('USERS') }, '`from` and `to` are both `USERS`', 'use `table`'],
    ['no `up`', { up: undefined }, '`up` is `undefined`, not a function', 'items.rename'],
    [
      'other keys without `rekey`',
      { to: table('USERSV2', { partitionKey: 'pk', sortKey: 'type' }) },
      '`to` has the key `pk` and `type`, `from` has `id` and `type`',
      '`rekey`',
    ],
    [
      'fewer keys without `rekey`',
      { to: table('USERSV2', { partitionKey: 'id' }) },
      '`to` has the key `id`, `from` has `id` and `type`',
      '`rekey`',
    ],
    [
      'a change to a key',
      { up: (i: Untyped) => i.rename('id', 'pk') },
      '`rename id → pk` in `up` changes `id`, a key attribute',
      '`rekey`',
    ],
    [
      'a change to a key that only `to` declares',
      { from: table('USERS'), to: table('USERSV2', { partitionKey: 'pk' }), up: (i: Untyped) => i.rename('id', 'pk') },
      '`rename id → pk` in `up` changes `pk`, a key attribute',
      '`rekey`',
    ],
    [
      'a new key other than that of `to`',
      { to: table('USERSV2', { partitionKey: 'mail' }), up: (i: Untyped) => i.rekey(rekeyed), irreversible: 'x' },
      '`to` has the key `mail`, `up` ends with items that have `email`',
      'the same key',
    ],
    [
      'a key of the source that is lost',
      { up: (i: Untyped) => i.rename('id', 'userId').rekey(rekeyed), irreversible: 'x' },
      '`rename id → userId` in `up` removes `id`, in which the target items have to keep the key `id` of the source',
      "`source: { id: '…' }`",
    ],
    [
      'a key of the source that is lost where `source` says it is',
      { up: (i: Untyped) => i.rename('type', 'kind').remove('kind').rekey(rekeyed), irreversible: 'x' },
      '`remove kind` in `up` removes `kind`, in which the target items have to keep the key `type` of the source',
      "`source: { type: '…' }`",
    ],
    [
      'a source that names no key',
      { up: (i: Untyped) => i.rekey({ ...rekeyed, source: { idd: 'x' } }), irreversible: 'x' },
      '`source` names `idd`, which is not a key of `from`',
      '`id`, `type`',
    ],
    [
      'an operation after `rekey`',
      { up: (i: Untyped) => (i.rekey(rekeyed) as Untyped).filter(() => true), irreversible: 'x' },
      '`filter` comes after `rekey email`',
      'the last operation',
    ],
    [
      'a second key',
      {
        up: (i: Untyped) => (i.split((): Item[] => [], rekeyed) as unknown as Untyped).rekey(rekeyed),
        irreversible: 'x',
      },
      '`rekey email` comes after `split`',
      'let `split` be the last',
    ],
    [
      'no way back',
      { up: (i: Untyped) => i.map((item) => item) },
      'there is no way back: `map` is a function, and nobody can invert that for you',
      'write `down: (item, old) => …`',
    ],
    [
      'no way back from another key',
      { up: (i: Untyped) => i.rekey({ ...rekeyed, source: {} }) },
      'there is no way back: `rekey email` changes the key',
      "`irreversible: '…'`",
    ],
    [
      'a way back from another key',
      { up: (i: Untyped) => i.rekey({ ...rekeyed, source: {} }), down: (item: Item) => item },
      '`down` is given beside `rekey email`',
      "`irreversible: '…'`",
    ],
    ['two ways back', { down: (i: Item) => i, irreversible: 'x' }, 'both `down` and `irreversible` are given', 'keep'],
    ['no reason', { irreversible: ' ' }, '`irreversible` is ` `', 'say why'],
    ['a `down` that is no function', { down: 'x' }, '`down` is `x`, not a function', '(item, old)'],
    ['a target that is no object', { target: 'on-demand' }, '`target` is `on-demand`', '`throughput`'],
    ['an unknown wish', { target: { index: [] } }, '`index` is not a key of `target`', '`indexes`'],
    ['`expect` of another type', { target: { expect: 1 } }, '`target.expect` is `1`', '`true`'],
    [
      '`expect` with a wish',
      { target: { expect: true, throughput: 'on-demand' } },
      '`target` has both `expect` and `throughput`',
      'leave',
    ],
    ['indexes that are no array', { target: { indexes: {} } }, '`target.indexes` is an object', 'an array'],
    ['an index that is none', { target: { indexes: ['x'] } }, '`target.indexes[0]` is `x`', '`partitionKey`'],
    [
      'an index with a bad name',
      { target: { indexes: [{ name: 'x' }] } },
      '`target.indexes[0].name` is `x`',
      '3 to 255',
    ],
    [
      'an index without a key',
      { target: { indexes: [{ name: 'abc' }] } },
      '`target.indexes[0].partitionKey` is `undefined`',
      '`type`',
    ],
    [
      'an index with a key without name',
      { target: { indexes: [{ name: 'abc', partitionKey: { type: 'S' } }] } },
      '`target.indexes[0].partitionKey.name` is `undefined`',
      'attribute',
    ],
    [
      'an index with a key of a wrong type',
      { target: { indexes: [{ name: 'abc', partitionKey: { name: 'a', type: 'M' } }] } },
      '`target.indexes[0].partitionKey.type` is `M`',
      "`'S'`",
    ],
    [
      'an index with a bad projection',
      { target: { indexes: [{ name: 'abc', partitionKey: { name: 'a', type: 'S' }, projection: [] }] } },
      '`target.indexes[0].projection` is an empty array',
      "`'ALL'`",
    ],
    [
      'an index twice',
      {
        target: {
          indexes: ['abc', 'abc'].map((name) => ({ name, partitionKey: { name: 'a', type: 'S' } })),
        },
      },
      '`target.indexes` names `abc` twice',
      'once',
    ],
    ['drops that are no array', { target: { dropIndexes: 'abc' } }, '`target.dropIndexes` is `abc`', 'an array'],
    ['a drop twice', { target: { dropIndexes: ['abc', 'abc'] } }, '`target.dropIndexes` names `abc` twice', 'once'],
    ['a drop without a name', { target: { dropIndexes: [1] } }, '`target.dropIndexes[0]` is `1`', '3 to 255'],
    [
      'an index that is dropped too',
      { target: { dropIndexes: ['abc'], indexes: [{ name: 'abc', partitionKey: { name: 'a', type: 'S' } }] } },
      '`target` names the index `abc` in both `indexes` and `dropIndexes`',
      'replaces',
    ],
    [
      'a throughput without writes',
      { target: { throughput: { read: 1 } } },
      '`target.throughput.write` is `undefined`',
      'whole number',
    ],
    [
      'a throughput of zero',
      { target: { throughput: { read: 0, write: 1 } } },
      '`target.throughput.read` is `0`',
      'from 1',
    ],
  ])('refuses %s', (_name, change, message, fix) => {
    expect(errorOf(() => define(change))).toMatchObject({
      code: 'MIGRATION_INVALID',
      message: expect.stringContaining(message),
      fix: expect.stringContaining(fix),
    });
  });

  it('cannot say where a `map` leaves the key of the source', () => {
    const up = (items: Untyped) =>
      items
        .rename('id', 'userId')
        .map((item): Item => ({ ...item, id: item.userId }))
        .rekey(rekeyed);
    expect(define({ up, irreversible: 'x' }).rekeyed?.source).toEqual({ type: 'kind' });
  });

  it.each([
    ['filter', (i: Untyped) => i.filter(() => true), '`where` selects items'],
    ['rekey email', (i: Untyped) => i.rekey(rekeyed), 'the key of an item cannot change'],
    ['split', (i: Untyped) => i.split((): Item[] => [], rekeyed), 'an item stays one item'],
  ])('refuses %s in place', (name, up, fix) => {
    const inPlace = { description: 'x', table: table('USERS'), up, irreversible: 'x' };
    expect(errorOf(() => defineMigration(inPlace as never))).toMatchObject({
      code: 'MIGRATION_INVALID',
      message: `\`${name}\` in \`up\` is for moves only`,
      fix: expect.stringContaining(fix),
    });
  });
});

describe('`down` of a move', () => {
  const down = (fn: (item: never, old: never) => unknown) => {
    const move = define({ down: fn });
    if (move.down === undefined) throw new Error('there is none');
    return move.down;
  };
  const exact = { N: '1234567890123456789012345678901234567.8' };

  it('gets plain values of both items, and gives the old form', () => {
    const seen: unknown[] = [];
    const run = down(({ b, channel: _gone, ...item }: Item, old: Item | undefined) => {
      seen.push(Object.keys(item), old?.secret);
      return { ...item, a: b, secret: old?.secret, none: undefined };
    });
    const old = { ...key, a: { N: '1.0' }, secret: exact };
    expect(run({ ...key, b: { N: '1' }, channel: { S: 'SMS' } }, old)).toStrictEqual(old);
    expect(run({ ...key, b: exact }, undefined)).toStrictEqual({ ...key, a: exact });
    expect(seen).toEqual([['id', 'type'], expect.objectContaining({ value: exact.N }), ['id', 'type'], undefined]);
  });

  it('keeps the exact form of what it does not change, that of the old item first', () => {
    const run = down((item: Item) => ({ ...item }));
    const numbers = { L: [{ N: '1.0' }] };
    expect(run({ ...key, n: { N: '1' }, l: numbers }, { ...key, n: { N: '1.00' } })).toStrictEqual({
      ...key,
      n: { N: '1.00' },
      l: numbers,
    });
  });

  it('may return one of the items itself', () => {
    const old = { ...key, a: exact };
    expect(down((_item, before) => before)(key, old)).toStrictEqual(old);
    expect(down((item) => item)(key, old)).toStrictEqual(key);
  });

  it.each<[string, (item: Item, old: Item) => unknown, string, string]>([
    ['a promise', async (item) => item, 'TRANSFORM_ASYNC', '`down` returned a promise'],
    ['no item', () => undefined, 'ITEM_INVALID', '`down` returned `undefined` instead of an item'],
    ['an array', () => [], 'ITEM_INVALID', '`down` returned an empty array instead of an item'],
    ['a value that cannot be stored', () => ({ id: Symbol('x') }), 'ITEM_INVALID', '`id` is a symbol'],
    ['an error', (_item, old) => old.x, 'TRANSFORM_FAILED', '`down` threw: '],
    [
      'a change to the item',
      (item) => {
        item.x = 1;
        return item;
      },
      'TRANSFORM_FAILED',
      'changes `x` of the item',
    ],
  ])('refuses %s', (_name, fn, code, message) => {
    expect(errorOf(() => down(fn as never)(key, undefined))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
