import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { map } from '../../../src/transform/operations/map.js';
import { awkwardItem, protoItem } from '../../item/awkward-values.js';
import { apply, applyBesideOthers, errorOf, readsOf } from './apply.js';

type Plain = Record<string, unknown>;

const splitName = ({ name, ...rest }: { name: string }) => {
  const [first, last] = name.split(' ');
  return { ...rest, first, last };
};

describe('map', () => {
  it('replaces the item by what the function returns', () => {
    expect(applyBesideOthers(map(splitName), { name: { S: 'Ada Lovelace' } })).toStrictEqual({
      first: { S: 'Ada' },
      last: { S: 'Lovelace' },
    });
  });

  it('gives the item itself back for one that does not change', () => {
    expect(
      apply(
        map((item: Plain) => ({ ...item })),
        awkwardItem,
      ),
    ).toBe(awkwardItem);
    expect(
      apply(
        map((item: Plain) => item),
        awkwardItem,
      ),
    ).toBe(awkwardItem);
    expect(
      apply(
        map((item: Plain) => item),
        protoItem,
      ),
    ).toBe(protoItem);
    expect(
      apply(
        map((item: Plain) => ({ ...item })),
        protoItem,
      ),
    ).toBe(protoItem);
  });

  it('removes what is not in the result, and what is undefined in it', () => {
    const item = { id: { S: '1' }, a: { S: 'a' }, b: { S: 'b' } };
    expect(
      apply(
        map(({ id, a }: Plain) => ({ id, a, b: undefined })),
        item,
      ),
    ).toEqual({
      id: { S: '1' },
      a: { S: 'a' },
    });
  });

  it('keeps the untouched parts of a value that was rebuilt', () => {
    const item = { prefs: { M: { price: { N: '1.0' }, tags: { SS: ['z', 'a'] }, old: { S: 'x' } } } };
    const fn = ({ prefs }: { prefs: Plain }) => ({ prefs: { ...prefs, old: 'y' } });
    expect(apply(map(fn), item)).toStrictEqual({ prefs: { M: { ...item.prefs.M, old: { S: 'y' } } } });
  });

  it('honours a nested value that was modified in place, however the item is returned', () => {
    const item = { id: { S: '1' }, tags: { L: [{ S: 'x' }] } };
    const expected = { id: { S: '1' }, tags: { L: [{ S: 'x' }, { S: 'y' }] } };
    const push = (i: { tags: string[] }) => {
      i.tags.push('y');
      return i;
    };
    expect(apply(map(push), item)).toEqual(expected);
    expect(
      apply(
        map((i: { tags: string[] }) => ({ ...push(i) })),
        item,
      ),
    ).toEqual(expected);
    expect(
      apply(
        map((i: { tags: string[] }) => ({ id: '1', tags: push(i).tags })),
        item,
      ),
    ).toEqual(expected);
    expect(item.tags.L).toHaveLength(1);
  });

  it('refuses to have the item itself modified', () => {
    const assign = map((item: Plain) => Object.assign(item, { a: 1 }));
    expect(errorOf(() => apply(assign, { id: { S: '1' } }))).toMatchObject({
      code: 'TRANSFORM_FAILED',
      message: '`map` threw: the function changes `a` of the item that it was given',
    });
  });

  it('notes what the function looked at, absent or not', () => {
    const item = { a: { S: 'a' }, b: { S: 'b' }, c: { S: 'c' } };
    const constant = map((i: Plain) => ('d' in i || Object.hasOwn(i, 'e') || i.a === 'x' ? { f: 1 } : { g: 1 }));
    expect(readsOf(constant, item)).toEqual(['a', 'b', 'c', 'd', 'e', 'g']);
    const needed = map((i: Plain) => i, { needed: (i: Plain) => i.b === 'no' });
    expect(readsOf(needed, item)).toEqual(['b']);
  });

  it('maps only what needs it, and its result must not', () => {
    const operation = map(splitName, { needed: (item: Plain) => 'name' in item });
    const done = { first: { S: 'Ada' }, last: { S: 'Lovelace' } };
    expect(apply(operation, done)).toBe(done);
    expect(apply(operation, { name: { S: 'Ada Lovelace' } })).toEqual(done);
    const forever = map((item: Plain) => ({ ...item }), { needed: () => true });
    expect(errorOf(() => apply(forever, done))).toMatchObject({ code: 'NOT_IDEMPOTENT' });
  });

  it('shows what it maps in a terminal, without counting that as reading it', () => {
    let shown = '';
    const operation = map(
      (item: Plain) => {
        shown = inspect(item);
        return item;
      },
      {
        needed: (item: Plain) => {
          shown = inspect(item);
          return false;
        },
      },
    );
    expect(readsOf(operation, { a: { N: '1' } })).toEqual([]);
    expect(shown).toBe('{ a: 1 }');
  });

  it('looks like a plain object', () => {
    const seen: unknown[] = [];
    const item = JSON.parse('{"a":{"L":[]},"hasOwnProperty":{"S":"mine"},"__proto__":{"S":"own"}}');
    const look = map((i: Plain) => {
      const { a } = i;
      seen.push(a === i.a, Object.keys(i), i.hasOwnProperty, i['__proto__'.trim()], 'toString' in i, typeof i.toString);
      return i;
    });
    expect(apply(look, item)).toBe(item);
    expect(seen).toEqual([true, ['a', 'hasOwnProperty', '__proto__'], 'mine', 'own', false, 'function']);
  });

  it.each<[unknown, string, string]>([
    [async () => ({}), 'TRANSFORM_ASYNC', '`map fn` returned a promise'],
    [() => undefined, 'ITEM_INVALID', '`map fn` returned `undefined` instead of an item'],
    [() => ['a'], 'ITEM_INVALID', '`map fn` returned an array instead of an item'],
    [() => new Date(0), 'ITEM_INVALID', '`map fn` returned an instance of a class instead of an item'],
    [() => ({ '': 1 }), 'ITEM_INVALID', '`map fn` returned an attribute without a name instead of an item'],
    [() => ({ a: { b: [() => 1] } }), 'ITEM_INVALID', '`a.b[0]` is a function, which DynamoDB cannot store'],
    [
      (item: { no: string }) => item.no.trim(),
      'TRANSFORM_FAILED',
      "`map fn` threw: Cannot read properties of undefined (reading 'trim')",
    ],
  ])('refuses what the function does', (call, code, message) => {
    const fn = (item: never) => (call as (item: never) => never)(item);
    expect(errorOf(() => apply(map(fn), { a: { S: 'a' } }))).toMatchObject({ code, message });
  });

  it('refuses a `needed` that is asynchronous, or modifies the item', () => {
    const withNeeded = (needed: unknown) => map((item: Plain) => item, { needed: needed as never });
    const item = { list: { L: [] } };
    expect(
      errorOf(() =>
        apply(
          withNeeded(async () => true),
          item,
        ),
      ),
    ).toMatchObject({ code: 'TRANSFORM_ASYNC' });
    expect(
      errorOf(() =>
        apply(
          withNeeded((i: { list: number[] }) => i.list.push(1)),
          item,
        ),
      ),
    ).toMatchObject({
      code: 'TRANSFORM_FAILED',
      message: '`map (needed)` modified `list` of the item that it was given',
    });
  });

  it('refuses mistakes in the chain, and says what it cannot do', () => {
    expect(errorOf(() => map('x' as never))).toMatchObject({ code: 'MIGRATION_INVALID' });
    expect(errorOf(() => map(splitName, { needed: true } as never))).toMatchObject({ code: 'MIGRATION_INVALID' });
    expect(errorOf(() => map(splitName, { need: () => true } as never))).toMatchObject({
      message: '`map` has no option `need`',
    });
    expect(map(splitName).description).toBe('map splitName');
    expect(map(splitName).inverse).toHaveProperty('none');
    expect(map(splitName).inPlaceProblem).toBeDefined();
    expect(map(splitName, { needed: () => false }).inPlaceProblem).toBeUndefined();
  });
});
