import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../src/item/attribute-value.js';
import { fromJavaScript } from '../../src/item/from-javascript.js';
import { NumberValue } from '../../src/item/number.js';
import { toJavaScript } from '../../src/item/to-javascript.js';
import { awkwardValues, deepCopy, protoItem } from './awkward-values.js';

const bytes = (...values: number[]) => new Uint8Array(values);

describe('toJavaScript', () => {
  it.each<[AttributeValue, unknown]>([
    [{ S: '' }, ''],
    [{ N: '42.50' }, 42.5],
    [{ N: '1E+2' }, 100],
    [{ N: '-0' }, 0],
    [{ N: '9007199254740992' }, 9007199254740992],
    [{ N: '1E+100' }, 1e100],
    [{ N: '9007199254740993' }, new NumberValue('9007199254740993')],
    [{ N: '9007199254740993.5' }, new NumberValue('9007199254740993.5')],
    [{ N: '0.12345678901234567891' }, new NumberValue('0.12345678901234567891')],
    [{ N: '1234567890123.4567891' }, new NumberValue('1234567890123.4567891')],
    [{ N: '12345678901234567890123456789012345678' }, new NumberValue('12345678901234567890123456789012345678')],
    [{ BOOL: false }, false],
    [{ NULL: true }, null],
    [{ B: bytes(1, 2) }, bytes(1, 2)],
    [{ L: [{ S: 'a' }, { M: {} }] }, ['a', {}]],
    [{ M: { a: { N: '1' } } }, { a: 1 }],
    [{ SS: ['b', 'a'] }, new Set(['b', 'a'])],
    [{ NS: ['1', '9007199254740993'] }, new Set([1, new NumberValue('9007199254740993')])],
    [{ BS: [bytes(1)] }, new Set([bytes(1)])],
  ])('%j', (value, expected) => {
    expect(toJavaScript(value)).toStrictEqual(expected);
  });

  it('gives copies', () => {
    const raw = { M: { list: { L: [{ S: 'a' }] }, bytes: { B: bytes(1) } } };
    const value = toJavaScript(raw) as { list: string[]; bytes: Uint8Array };
    value.list.push('b');
    value.bytes[0] = 9;
    expect(raw).toEqual({ M: { list: { L: [{ S: 'a' }] }, bytes: { B: bytes(1) } } });
  });
});

describe('fromJavaScript', () => {
  it.each(Object.entries(awkwardValues))('returns the original itself for an unchanged value: %s', (_name, raw) => {
    const before = deepCopy(raw);
    expect(fromJavaScript(toJavaScript(raw), raw)).toBe(raw);
    expect(raw).toStrictEqual(before);
  });

  it.each(Object.entries(awkwardValues))('says the same without an original: %s', (_name, raw) => {
    expect(toJavaScript(fromJavaScript(toJavaScript(raw)))).toStrictEqual(toJavaScript(raw));
  });

  it('keeps what did not change inside of what did', () => {
    const raw: AttributeValue = {
      M: {
        price: { N: '1.0' },
        sizes: { NS: ['3.0', '1E+2'] },
        list: { L: [{ N: '-0' }, { M: { deep: { N: '1E+100' }, changed: { S: 'a' } } }] },
        dropped: { S: 'x' },
      },
    };
    const value = toJavaScript(raw) as Record<string, unknown> & { list: [number, Record<string, unknown>] };
    value.list[1].changed = 'b';
    value.dropped = undefined;
    (value.sizes as Set<number>).add(7);
    expect(fromJavaScript(value, raw)).toStrictEqual({
      M: {
        price: { N: '1.0' },
        sizes: { NS: ['3.0', '1E+2', '7'] },
        list: { L: [{ N: '-0' }, { M: { deep: { N: '1E+100' }, changed: { S: 'b' } } }] },
      },
    });
  });

  it('takes a value of another type for a new one', () => {
    expect(fromJavaScript('1', { N: '1' })).toEqual({ S: '1' });
    expect(fromJavaScript(1, { S: '1' })).toEqual({ N: '1' });
    expect(fromJavaScript([], { M: {} })).toEqual({ L: [] });
    expect(fromJavaScript({}, { L: [] })).toEqual({ M: {} });
    expect(fromJavaScript(new Set(['1']), { NS: ['1'] })).toEqual({ SS: ['1'] });
    expect(fromJavaScript(['a'], { L: [{ S: 'a' }, { S: 'b' }] })).toEqual({ L: [{ S: 'a' }] });
    expect(fromJavaScript({ a: 1 }, { M: { a: { N: '1' }, b: { N: '2' } } })).toEqual({ M: { a: { N: '1' } } });
  });

  it('takes bigint, number values, and those of the SDK', async () => {
    const sdk = await import('@aws-sdk/lib-dynamodb');
    expect(fromJavaScript(2n ** 100n)).toEqual({ N: '1267650600228229401496703205376' });
    expect(fromJavaScript(1n, { N: '1.0' })).toEqual({ N: '1.0' });
    expect(fromJavaScript(new NumberValue('9007199254740993.5'))).toEqual({ N: '9007199254740993.5' });
    expect(fromJavaScript(new sdk.NumberValue('0.12345678901234567891'))).toEqual({ N: '0.12345678901234567891' });
    expect(fromJavaScript(new Set([1, 2n, new NumberValue('3.5')]))).toEqual({ NS: ['1', '2', '3.5'] });
  });

  it('does not take a map for a number', () => {
    expect(fromJavaScript({ value: '1' })).toEqual({ M: { value: { S: '1' } } });
    expect(fromJavaScript(Object.assign(Object.create(null), { value: '1' }))).toEqual({ M: { value: { S: '1' } } });
  });

  it('copies bytes', () => {
    const source = Buffer.from([1, 2]);
    const raw = fromJavaScript(source);
    source[0] = 9;
    expect(raw).toEqual({ B: bytes(1, 2) });
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, '`v` is `undefined`'],
    ['undefined in a list', { list: [1, undefined] }, '`v.list[1]` is `undefined`'],
    ['a hole in a list', new Array(1), '`v[0]` is `undefined`'],
    ['NaN', { prefs: { list: [0, 1, Number.NaN] } }, '`v.prefs.list[2]` is the number `NaN`'],
    ['Infinity', -Infinity, '`v` is the number `-Infinity`'],
    ['a number out of range', 1e126, '`v` is the number `1e+126`'],
    ['a number too small', 5e-324, '`v` is the number `5e-324`'],
    ['a bigint of 39 digits', 10n ** 38n + 1n, '`v` is the number `100000000000000000000000000000000000001`'],
    ['a function', () => 1, '`v` is a function'],
    ['a symbol', Symbol('x'), '`v` is a symbol'],
    ['a date', { when: new Date(0) }, '`v.when` is an instance of `Date`'],
    ['a map object', new Map(), '`v` is an instance of `Map`'],
    ['an array of another element type', new Float32Array(1), '`v` is an instance of `Float32Array`'],
    [
      'an object that looks like a number value',
      new (class Money {
        value = '1';
      })(),
      '`v` is an instance of `Money`',
    ],
    ['a promise', Promise.resolve(1), '`v` is an instance of `Promise`'],
    ['an empty set', { tags: new Set() }, '`v.tags` is an empty set'],
    ['a mixed set', new Set(['a', 1]), '`v` is a set with both SS and NS members'],
    ['a set of objects', new Set([{}]), '`v` is a set with an object in it'],
    ['a set with null', new Set([null]), '`v` is a set with null in it'],
    ['a set with a boolean', new Set([true]), '`v` is a set with a boolean in it'],
    ['a set with NaN', new Set([Number.NaN]), '`v` is a set with the number `NaN` in it'],
    ['a set that names a number twice', new Set([1, 1n]), '`v` is a set that names one value twice'],
    ['a set that names bytes twice', new Set([bytes(1), bytes(1)]), '`v` is a set that names one value twice'],
  ])('refuses %s', (_name, value, message) => {
    expect(() => fromJavaScript(value, undefined, 'v')).toThrow(
      expect.objectContaining({ code: 'ITEM_INVALID', message: `${message}, which DynamoDB cannot store` }),
    );
  });

  it('refuses what is nested deeper than DynamoDB does, and what contains itself', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(() => fromJavaScript(cyclic)).toThrow('nested deeper than 32 levels');
    const nest = (levels: number): unknown => (levels === 0 ? 'x' : [nest(levels - 1)]);
    expect(fromJavaScript(nest(32))).toBeDefined();
    expect(() => fromJavaScript(nest(40))).toThrow('nested deeper');
  });

  it('keeps an attribute named `__proto__` apart from the prototype', () => {
    const raw: AttributeValue = { M: { ...protoItem } };
    const value = toJavaScript(raw) as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['id', '__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(fromJavaScript(value, raw)).toBe(raw);
    const rebuilt = fromJavaScript({ ...value, id: '2' }, raw) as { M: Record<string, AttributeValue> };
    expect(Object.keys(rebuilt.M)).toEqual(['id', '__proto__']);
    expect(Object.getPrototypeOf(rebuilt.M)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
