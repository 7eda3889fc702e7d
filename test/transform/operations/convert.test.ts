import { describe, expect, it } from 'vitest';
import { convert } from '../../../src/transform/operations/convert.js';
import { apply, applyBesideOthers, errorOf, readsOf, roundTrip } from './apply.js';

const toText = { to: (value: unknown) => String(value), from: (value: unknown) => Number(value) };
const isNumber = (value: unknown) => typeof value === 'number';

describe('convert', () => {
  it('changes a value where there is one', () => {
    expect(applyBesideOthers(convert('a', toText), { a: { N: '42' } })).toEqual({ a: { S: '42' } });
    const item = { b: { N: '1' } };
    expect(apply(convert('a', toText), item)).toBe(item);
    expect(readsOf(convert('a', toText), item)).toEqual(['a']);
  });

  it('keeps the parts that the function does not change', () => {
    const a = { M: { price: { N: '1.0' }, list: { L: [{ N: '-0' }] }, old: { S: 'x' } } };
    const { to } = { to: (value: unknown) => ({ ...(value as object), old: 'y' }) };
    expect(apply(convert('a', { to }), { a })).toStrictEqual({ a: { M: { ...a.M, old: { S: 'y' } } } });
  });

  it('honours a change made in place', () => {
    const to = (value: unknown) => {
      (value as string[]).push('y');
      return value;
    };
    const a = { L: [{ S: 'x' }] };
    expect(apply(convert('a', { to }), { a })).toEqual({ a: { L: [{ S: 'x' }, { S: 'y' }] } });
    expect(a).toEqual({ L: [{ S: 'x' }] });
  });

  it('converts only what needs it', () => {
    const item = { a: { S: '42' } };
    expect(apply(convert('a', { ...toText, needed: isNumber }), item)).toBe(item);
    expect(apply(convert('a', { ...toText, needed: isNumber }), { a: { N: '42' } })).toEqual(item);
  });

  it('refuses a result that still needs it', () => {
    expect(errorOf(() => apply(convert('a', { ...toText, needed: () => true }), { a: { N: '1' } }))).toMatchObject({
      code: 'NOT_IDEMPOTENT',
      message: '`convert a` says that its own result still needs it',
    });
  });

  it('is taken back by `from`, and then needed where it was not before', () => {
    expect(roundTrip(convert('a', toText), { a: { N: '1.50' } })).toEqual({ a: { N: '1.5' } });
    expect(roundTrip(convert('a', { ...toText, needed: isNumber }), { a: { N: '42' } })).toEqual({ a: { N: '42' } });
    const { inverse } = convert('a', { ...toText, needed: isNumber });
    const back = 'none' in inverse ? undefined : inverse.operation();
    const done = { a: { N: '42' } };
    expect(back && apply(back, done)).toBe(done);
    expect(convert('a', { to: toText.to }).inverse).toEqual({ none: 'was given no `from`' });
  });

  it.each<[unknown, string, string]>([
    [{ to: async () => 1 }, 'TRANSFORM_ASYNC', '`convert a` returned a promise'],
    [{ to: () => 1, needed: async () => true }, 'TRANSFORM_ASYNC', '`convert a (needed)` returned a promise'],
    [{ to: () => undefined }, 'ITEM_INVALID', '`a` is `undefined`, which DynamoDB cannot store'],
    [{ to: (value: string) => value.trim() }, 'TRANSFORM_FAILED', '`convert a` threw: value.trim is not a function'],
  ])('refuses what the function does', (conversion, code, message) => {
    expect(errorOf(() => apply(convert('a', conversion as never), { a: { N: '1' } }))).toMatchObject({ code, message });
  });

  it.each<[unknown, string]>([
    [{}, '`convert a` was given `undefined` for `to`'],
    [{ to: 'x' }, '`convert a` was given `x` for `to`'],
    [{ to: String, from: 1 }, '`convert a` was given `1` for `from`'],
    [{ to: String, form: String }, '`convert` has no option `form`'],
    [undefined, '`convert` was given `undefined` for its options'],
  ])('refuses a mistake in the chain', (conversion, message) => {
    expect(errorOf(() => convert('a', conversion as never))).toMatchObject({ code: 'MIGRATION_INVALID', message });
  });
});
