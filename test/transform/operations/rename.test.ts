import { describe, expect, it } from 'vitest';
import { rename } from '../../../src/transform/operations/rename.js';
import { apply, applyBesideOthers, errorOf, readsOf, roundTrip } from './apply.js';

const a = { N: '1.0' };
const b = { S: 'b' };

describe('rename', () => {
  it('moves the very value', () => {
    const result = applyBesideOthers(rename('a', 'b'), { id: { S: '1' }, a });
    expect(result).toEqual({ id: { S: '1' }, b: a });
    expect(result.b).toBe(a);
  });

  it('leaves an item without the attribute alone, and has looked at both', () => {
    const item = { id: { S: '1' }, b };
    expect(apply(rename('a', 'b'), item)).toBe(item);
    expect(readsOf(rename('a', 'b'), item)).toEqual(['a', 'b']);
  });

  it('refuses to lose a value', () => {
    expect(errorOf(() => apply(rename('a', 'b'), { a, b }))).toMatchObject({
      code: 'ATTRIBUTE_COLLISION',
      message: '`rename a → b` would overwrite `b`: the item has both',
      fix: "say which value stays, in `up` or in a `down` of your own: `rename('a', 'b', { onCollision: 'overwrite' | 'keep' })`",
    });
  });

  it('lets the option decide', () => {
    expect(applyBesideOthers(rename('a', 'b', { onCollision: 'overwrite' }), { a, b })).toEqual({ b: a });
    expect(applyBesideOthers(rename('a', 'b', { onCollision: 'keep' }), { a, b })).toEqual({ b });
    expect(apply(rename('a', 'b', { onCollision: 'keep' }), { a })).toEqual({ b: a });
  });

  it('is taken back by the rename back, unless a value may be lost', () => {
    expect(roundTrip(rename('a', 'b'), { a })).toEqual({ a });
    expect(rename('a', 'b', { onCollision: 'keep' }).inverse).toEqual({
      none: "loses a value where an item has both attributes (`onCollision: 'keep'`)",
    });
  });

  it('handles names that objects inherit', () => {
    expect(apply(rename('constructor', 'x'), { a })).toEqual({ a });
    const renamed = apply(rename('a', '__proto__'), { a });
    expect(Object.entries(renamed)).toEqual([['__proto__', a]]);
    expect(apply(rename('__proto__', 'a'), renamed)).toEqual({ a });
  });

  it.each([
    [() => rename('a', 'a'), '`rename` has the attribute `a` on both sides'],
    [() => rename('', 'a'), '`rename` was given an empty string for an attribute name'],
    [() => rename('a', undefined as never), '`rename` was given `undefined` for an attribute name'],
    [() => rename('a', 'b', { onColision: 'keep' } as never), '`rename` has no option `onColision`'],
    [() => rename('a', 'b', { onCollision: 'maybe' } as never), '`rename` was given `maybe` for `onCollision`'],
    [() => rename('a', 'b', null as never), '`rename` was given `null` for its options'],
    [() => rename('a', 'b', {} as never), '`rename` was given `undefined` for `onCollision`'],
  ])('refuses a mistake in the chain', (build, message) => {
    expect(errorOf(build)).toMatchObject({ code: 'MIGRATION_INVALID', message });
  });
});
