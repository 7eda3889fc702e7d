import { describe, expect, it } from 'vitest';
import { NumberValue } from '../../../src/item/number.js';
import { add } from '../../../src/transform/operations/add.js';
import { copy } from '../../../src/transform/operations/copy.js';
import { remove } from '../../../src/transform/operations/remove.js';
import { set } from '../../../src/transform/operations/set.js';
import { apply, applyBesideOthers, errorOf, readsOf, roundTrip } from './apply.js';

const a = { N: '1.0' };

describe('copy', () => {
  it('copies where there is none', () => {
    expect(applyBesideOthers(copy('a', 'b'), { a })).toEqual({ a, b: a });
    const item = { a, b: { S: 'stays' } };
    expect(apply(copy('a', 'b'), item)).toBe(item);
    expect(apply(copy('x', 'b'), item)).toBe(item);
    expect(readsOf(copy('a', 'b'), item)).toEqual(['a', 'b']);
    expect(readsOf(copy('x', 'b'), item)).toEqual(['b', 'x']);
  });

  it('is taken back by removing the copy', () => {
    expect(roundTrip(copy('a', 'b'), { a })).toEqual({ a });
  });
});

describe('add', () => {
  it('sets a constant where there is none', () => {
    expect(applyBesideOthers(add('b', ['x', 1]), { a })).toEqual({ a, b: { L: [{ S: 'x' }, { N: '1' }] } });
    const item = { a };
    expect(apply(add('a', 2), item)).toBe(item);
    expect(readsOf(add('a', 2), item)).toEqual(['a']);
    expect(roundTrip(add('b', 2), item)).toEqual(item);
  });

  it('takes a constant as it was when the chain was written', () => {
    const list = ['x'];
    const operation = add('b', list);
    list.push('y');
    expect(apply(operation, {})).toEqual({ b: { L: [{ S: 'x' }] } });
  });

  it('sets what a function of the item returns, and notes what that looked at', () => {
    const full = add('full', ({ first, last }: Record<string, unknown>) => `${first} ${last}`);
    expect(applyBesideOthers(full, { first: { S: 'A' }, last: { S: 'B' } })).toMatchObject({ full: { S: 'A B' } });
    expect(readsOf(full, { first: { S: 'A' }, other: { S: 'C' } })).toEqual(['first', 'full', 'last']);
    expect(readsOf(full, { full: { S: 'there' } })).toEqual(['full']);
  });

  it('leaves the attribute out where the function returns undefined', () => {
    const item = { a };
    expect(
      apply(
        add('b', (i: Record<string, unknown>) => i.nope),
        item,
      ),
    ).toBe(item);
    expect(
      readsOf(
        add('b', (i: Record<string, unknown>) => i.nope),
        item,
      ),
    ).toEqual(['b', 'nope']);
  });

  it('gives functions exact numbers', () => {
    const half = { N: '9007199254740993.5' };
    const twice = add('b', (item: Record<string, unknown>) => item.half);
    expect(apply(twice, { half })).toEqual({ half, b: half });
    const rounding = add('b', (item: { half: number }) => item.half * 2);
    expect(errorOf(() => apply(rounding, { half }))).toMatchObject({
      code: 'TRANSFORM_FAILED',
      message: expect.stringContaining('9007199254740993.5 does not fit in a JavaScript number'),
    });
    expect(apply(add('b', new NumberValue('1E+100')), {})).toEqual({ b: { N: '1E+100' } });
  });

  it.each<[string, unknown, object]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      { code: 'TRANSFORM_FAILED', message: '`add b` threw: boom', cause: new Error('boom') },
    ],
    ['is asynchronous', async () => 1, { code: 'TRANSFORM_ASYNC', message: '`add b` returned a promise' }],
    ['rejects', async () => Promise.reject(new Error('late')), { code: 'TRANSFORM_ASYNC' }],
    ['returns what cannot be stored', () => ({ when: new Date() }), { code: 'ITEM_INVALID' }],
    [
      'changes the item',
      (item: Record<string, unknown>) => {
        item.a = 2;
      },
      {
        code: 'TRANSFORM_FAILED',
        message: '`add b` threw: the function changes `a` of the item that it was given',
        fix: expect.stringContaining('{ ...item, name: value }'),
      },
    ],
    [
      'removes from the item',
      (item: Record<string, unknown>) => delete item.a,
      { code: 'TRANSFORM_FAILED', message: expect.stringContaining('changes `a` of the item') },
    ],
    [
      'freezes the item',
      (item: Record<string, unknown>) => Object.freeze(item),
      { code: 'TRANSFORM_FAILED', message: expect.stringContaining('changes the item') },
    ],
    [
      'changes a list of the item',
      (item: { list: string[] }) => item.list.push('x'),
      { code: 'TRANSFORM_FAILED', message: '`add b` modified `list` of the item that it was given' },
    ],
  ])('refuses a function that %s', (_name, value, error) => {
    expect(errorOf(() => apply(add('b', value), { a, list: { L: [{ S: 'y' }] } }))).toMatchObject(error);
  });

  it.each<[string, () => unknown, string]>([
    ['a constant that cannot be stored', () => add('b', new Date()), 'the value of `add b` cannot be stored: '],
    ['no value', () => add('b', undefined), 'the value of `add b` cannot be stored: `b` is `undefined`'],
    ['no name', () => add('', 1), '`add` was given an empty string for an attribute name'],
  ])('refuses %s', (_name, build, message) => {
    expect(errorOf(build)).toMatchObject({
      code: 'MIGRATION_INVALID',
      message: expect.stringContaining(message),
    });
  });
});

describe('set', () => {
  it('overwrites, from a constant or a function', () => {
    expect(applyBesideOthers(set('a', 'x'), { a })).toEqual({ a: { S: 'x' } });
    expect(
      applyBesideOthers(
        set('b', (item: { a: number }) => item.a + 1),
        { a },
      ),
    ).toEqual({ a, b: { N: '2' } });
  });

  it('keeps an equal value in its own spelling, and has looked at it', () => {
    const item = { a };
    expect(apply(set('a', 1), item)).toBe(item);
    expect(readsOf(set('a', 1), item)).toEqual(['a']);
  });

  it('refuses undefined', () => {
    const operation = set('b', (item: Record<string, unknown>) => item.nope);
    expect(errorOf(() => apply(operation, { a }))).toMatchObject({
      code: 'ITEM_INVALID',
      message: '`set b` was given `undefined` by its function',
    });
  });

  it('has no inverse', () => {
    expect(set('a', 1).inverse).toEqual({ none: 'overwrites the old value, which nothing remembers' });
  });
});

describe('remove', () => {
  it('removes', () => {
    expect(applyBesideOthers(remove('a'), { a, b: a })).toEqual({ b: a });
    const item = { b: a };
    expect(apply(remove('a'), item)).toBe(item);
    expect(readsOf(remove('a'), item)).toEqual(['a']);
    expect(remove('a').inverse).toEqual({ none: 'forgets the value' });
  });
});
