import { describe, expect, it } from 'vitest';
import { nest } from '../../../src/transform/operations/nest.js';
import { unnest } from '../../../src/transform/operations/unnest.js';
import { apply, applyBesideOthers, errorOf, readsOf, roundTrip } from './apply.js';

const a = { N: '1.0' };
const b = { NS: ['2.0', '1'] };

describe('nest', () => {
  const operation = nest(['a', 'b'], 'm');

  it('moves the attributes that are there', () => {
    const result = applyBesideOthers(operation, { a, b, c: a });
    expect(result).toStrictEqual({ c: a, m: { M: { a, b } } });
    expect(apply(operation, { b })).toStrictEqual({ m: { M: { b } } });
  });

  it('gives an item with none of them no map, and an existing map is left alone', () => {
    const item = { c: a };
    expect(apply(operation, item)).toBe(item);
    expect(readsOf(operation, item)).toEqual(['a', 'b', 'm']);
    const done = { m: { M: { a } } };
    expect(apply(operation, done)).toBe(done);
  });

  it('refuses a map that is there already', () => {
    expect(errorOf(() => apply(operation, { a, m: { M: {} } }))).toMatchObject({
      code: 'ATTRIBUTE_COLLISION',
      message: '`nest a + b → m`: the item has `m` already, beside `a`',
    });
  });

  it.each([{ a, b, c: a }, { a }, { b, c: a }, { c: a }, {}])('is taken back exactly', (item) => {
    expect(roundTrip(operation, item)).toStrictEqual(item);
  });

  it('nests an attribute named `__proto__`', () => {
    const item = JSON.parse('{"__proto__":{"S":"x"}}');
    const nested = apply(nest(['__proto__'], 'm'), item);
    expect(JSON.stringify(nested)).toBe('{"m":{"M":{"__proto__":{"S":"x"}}}}');
    expect(JSON.stringify(roundTrip(nest(['__proto__'], 'm'), item))).toBe(JSON.stringify(item));
  });

  it.each<[() => unknown, string]>([
    [() => nest([], 'm'), '`nest` was given an empty array for its attributes'],
    [() => nest('a' as never, 'm'), '`nest` was given `a` for its attributes'],
    [() => nest(['a', 'a'], 'm'), '`nest` names the attribute `a` twice'],
    [() => nest(['a', 'm'], 'm'), '`nest` has `m` both as the map and as a member of it'],
    [() => nest(['a'], ''), '`nest` was given an empty string for an attribute name'],
    [() => unnest('m', []), '`unnest` was given an empty array for its attributes'],
    [() => unnest('m', ['m']), '`unnest` has `m` both as the map and as a member of it'],
  ])('refuses a mistake in the chain', (build, message) => {
    expect(errorOf(build)).toMatchObject({ code: 'MIGRATION_INVALID', message });
  });
});

describe('unnest', () => {
  const operation = unnest('m', ['a', 'b']);

  it('moves members to the top level and removes the empty map', () => {
    expect(applyBesideOthers(operation, { m: { M: { a, b } }, c: a })).toStrictEqual({ c: a, a, b });
    expect(apply(operation, { m: { M: {} } })).toStrictEqual({});
  });

  it('leaves other members in the map', () => {
    expect(apply(operation, { m: { M: { a, rest: b } } })).toStrictEqual({ a, m: { M: { rest: b } } });
    const item = { m: { M: { rest: b } } };
    expect(apply(operation, item)).toBe(item);
  });

  it('leaves an item without the map alone', () => {
    const item = { a };
    expect(apply(operation, item)).toBe(item);
    expect(readsOf(operation, item)).toEqual(['a', 'b', 'm']);
  });

  it('refuses to overwrite, and what is not a map', () => {
    expect(errorOf(() => apply(operation, { a, m: { M: { a } } }))).toMatchObject({
      code: 'ATTRIBUTE_COLLISION',
      message: '`unnest m → a + b` would overwrite `a`: the item has it both at the top level and in `m`',
    });
    expect(apply(operation, { a, m: { M: { b } } })).toStrictEqual({ a, b });
    expect(errorOf(() => apply(operation, { m: { S: 'x' } }))).toMatchObject({
      code: 'ITEM_INVALID',
      message: '`unnest m → a + b`: `m` is not a map but S',
    });
  });

  it('has no inverse: items with other members, or with an empty map, would not come back', () => {
    expect(operation.inverse).toHaveProperty('none');
  });
});
