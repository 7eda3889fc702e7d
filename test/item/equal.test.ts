import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../src/item/attribute-value.js';
import { equalItems, equalValues } from '../../src/item/equal.js';
import { awkwardItem, awkwardValues, deepCopy, protoItem } from './awkward-values.js';

const bytes = (...values: number[]) => new Uint8Array(values);

describe('equalValues', () => {
  it.each<[string, AttributeValue, AttributeValue]>([
    ['numbers by value', { N: '1.0' }, { N: '1' }],
    ['string sets in any order', { SS: ['a', 'b'] }, { SS: ['b', 'a'] }],
    ['number sets by value, in any order', { NS: ['1.0', '200'] }, { NS: ['2E2', '1'] }],
    ['binary sets in any order', { BS: [bytes(1), bytes(2, 3)] }, { BS: [bytes(2, 3), bytes(1)] }],
    ['binary by bytes', { B: bytes(1, 2) }, { B: Buffer.from([1, 2]) }],
    ['maps in any order', { M: { a: { N: '1' }, b: { L: [] } } }, { M: { b: { L: [] }, a: { N: '1.0' } } }],
    ['nested lists', { L: [{ L: [{ NS: ['1', '2'] }] }] }, { L: [{ L: [{ NS: ['2', '1'] }] }] }],
  ])('%s', (_name, a, b) => {
    expect(equalValues(a, b)).toBe(true);
    expect(equalValues(b, a)).toBe(true);
  });

  it.each<[string, AttributeValue, AttributeValue]>([
    ['a number and its text', { N: '1' }, { S: '1' }],
    ['numbers that one double would hold', { N: '9007199254740993' }, { N: '9007199254740992' }],
    ['sets of different size', { SS: ['a'] }, { SS: ['a', 'b'] }],
    ['sets of different type', { SS: ['1'] }, { NS: ['1'] }],
    ['bytes of one length', { B: bytes(1, 2) }, { B: bytes(1, 3) }],
    ['bytes and a prefix', { B: bytes(1, 2) }, { B: bytes(1) }],
    ['lists in another order', { L: [{ N: '1' }, { N: '2' }] }, { L: [{ N: '2' }, { N: '1' }] }],
    ['a list and its beginning', { L: [{ N: '1' }] }, { L: [{ N: '1' }, { N: '2' }] }],
    ['maps with other members', { M: { a: { N: '1' } } }, { M: { b: { N: '1' } } }],
    ['a map and one with more', { M: {} }, { M: { a: { N: '1' } } }],
    ['a member that objects inherit', { M: { toString: { S: '' } } }, { M: { other: { S: '' } } }],
    ['null and false', { NULL: true }, { BOOL: false }],
    ['the booleans', { BOOL: true }, { BOOL: false }],
    ['an empty list and an empty map', { L: [] }, { M: {} }],
  ])('not %s', (_name, a, b) => {
    expect(equalValues(a, b)).toBe(false);
    expect(equalValues(b, a)).toBe(false);
  });

  it('tells every awkward value from every other, but for two spellings of one', () => {
    const entries = Object.entries(awkwardValues);
    for (const [nameA, a] of entries) {
      for (const [nameB, b] of entries) {
        const same = nameA === nameB || [nameA, nameB].sort().join() === 'number 1,number 1.0';
        expect(equalValues(a, deepCopy(b)), `${nameA} and ${nameB}`).toBe(same);
      }
    }
  });
});

describe('equalItems', () => {
  it('compares attribute by attribute', () => {
    expect(equalItems(awkwardItem, deepCopy(awkwardItem))).toBe(true);
    expect(equalItems(awkwardItem, { ...awkwardItem, more: { S: '' } })).toBe(false);
    const { text: _text, ...less } = awkwardItem;
    expect(equalItems(awkwardItem, less)).toBe(false);
  });

  it('sees an attribute named `__proto__`', () => {
    expect(equalItems(protoItem, { id: { S: '1' } })).toBe(false);
    expect(equalItems(protoItem, JSON.parse(JSON.stringify(protoItem)))).toBe(true);
    expect(equalItems(protoItem, { id: { S: '1' }, other: { S: 'x' } })).toBe(false);
  });
});
