import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../src/item/attribute-value.js';
import { itemSize, maxItemSize, oversize, textLength } from '../../src/item/size.js';
import { awkwardItem } from './awkward-values.js';

describe('itemSize', () => {
  it.each<[string, AttributeValue, number]>([
    ['text in UTF-8', { S: 'aé€\u{1f600}' }, 10],
    ['empty text', { S: '' }, 0],
    ['zero', { N: '0' }, 1],
    ['one digit', { N: '7' }, 2],
    ['three digits, zeros trimmed', { N: '0012300.00' }, 3],
    ['38 digits', { N: '12345678901234567890123456789012345678' }, 20],
    ['38 digits, negative: the most there is', { N: '-12345678901234567890123456789012345678' }, 21],
    ['raw bytes, not base64', { B: new Uint8Array(9) }, 9],
    ['null', { NULL: true }, 1],
    ['a boolean', { BOOL: false }, 1],
    ['an empty list', { L: [] }, 3],
    ['an empty map', { M: {} }, 3],
    ['a list', { L: [{ S: 'ab' }, { NULL: true }] }, 3 + 1 + 2 + 1 + 1],
    ['a map', { M: { key: { S: 'ab' } } }, 3 + 1 + 3 + 2],
    ['a string set', { SS: ['a', 'bc'] }, 3],
    ['a number set', { NS: ['1', '22', '333'] }, 2 + 2 + 3],
    ['a binary set', { BS: [new Uint8Array(2), new Uint8Array(3)] }, 5],
  ])('%s', (_name, value, size) => {
    expect(itemSize({ n: value })).toBe(1 + size);
  });

  it('counts names in UTF-8, and every attribute', () => {
    expect(itemSize({ é: { S: 'x' }, id: { N: '1' } })).toBe(2 + 1 + 2 + 2);
    expect(itemSize({})).toBe(0);
  });

  it('has the limit of AWS', () => {
    expect(maxItemSize).toBe(409_600);
  });
});

const half = 'x'.repeat(maxItemSize / 2);
const halfBytes = new Uint8Array(maxItemSize / 2);
const types: readonly [string, AttributeValue][] = [
  ['S', { S: half }],
  ['B', { B: halfBytes }],
  ['SS', { SS: [half] }],
  ['BS', { BS: [halfBytes] }],
  ['L', { L: [{ S: half }] }],
  ['M', { M: { [half]: { NULL: true } } }],
  ['NS', { NS: Array.from({ length: 20_000 }, (_, index) => `1${index}`.padEnd(20, '1')) }],
];

describe('textLength', () => {
  it.each(types)('counts what is in a %s', (_type, value) => {
    expect(textLength({ n: value })).toBeGreaterThanOrEqual(itemSize({ n: value }));
  });

  it('is about the length of the JSON, where nothing is escaped', () => {
    const item = { id: { S: 'x' }, n: { N: '12' }, list: { L: [{ BOOL: true }, { M: { a: { SS: ['b', 'c'] } } }] } };
    const { length } = JSON.stringify(item);
    expect(textLength(item) / length).toBeGreaterThan(0.8);
    expect(textLength(item) / length).toBeLessThan(1.5);
  });
});

describe('oversize', () => {
  it.each(types)('tells the size of an item that is too large by two of %s', (_type, value) => {
    const item = { a: value, b: value };
    expect(oversize(item)).toBe(itemSize(item));
    expect(oversize({ a: value })).toBeUndefined();
    expect(oversize(awkwardItem)).toBeUndefined();
  });
});
