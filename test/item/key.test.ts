import { describe, expect, it } from 'vitest';
import { formatKey, keyId, keyOf } from '../../src/item/key.js';

const names = { partitionKey: 'id', sortKey: 'preferenceType' };
const item = { preferenceType: { S: 'EMAIL' }, more: { S: 'x' }, id: { N: '42' } };

describe('keyOf', () => {
  it('takes the key attributes, partition key first', () => {
    const key = keyOf(item, names);
    expect(Object.entries(key)).toEqual([
      ['id', { N: '42' }],
      ['preferenceType', { S: 'EMAIL' }],
    ]);
    expect(key.id).toBe(item.id);
    expect(keyOf(item, { partitionKey: 'id', sortKey: undefined })).toEqual({ id: { N: '42' } });
  });

  it.each([
    [{ id: { N: '42' } }, 'an item has no usable key attribute `preferenceType`: there is none among `id`'],
    [{ id: { BOOL: true }, preferenceType: { S: 'x' } }, 'an item has no usable key attribute `id`: its type is BOOL'],
    [{}, 'an item has no usable key attribute `id`: there is none among no attributes'],
  ])('refuses an item without', (without, message) => {
    expect(() => keyOf(without as never, names)).toThrow(expect.objectContaining({ code: 'ITEM_INVALID', message }));
  });

  it('does not take what objects inherit for a key', () => {
    expect(() => keyOf({}, { partitionKey: 'constructor' })).toThrow('no usable key attribute `constructor`');
  });
});

describe('formatKey', () => {
  it('is for people', () => {
    expect(formatKey(keyOf(item, names))).toBe('id=42 preferenceType=EMAIL');
    expect(formatKey({ id: { B: new Uint8Array([255, 0, 1]) } })).toBe('id=/wAB');
  });
});

describe('keyId', () => {
  const id = (a: object, b: object) => keyId({ id: a, preferenceType: b } as never, names);

  it('is stable over spellings of a number and the order of attributes', () => {
    expect(keyId(item, names)).toBe('N:42e0|S:EMAIL');
    expect(id({ N: '42.0' }, { S: 'EMAIL' })).toBe(keyId(item, names));
  });

  it('differs for different keys, whatever is in them', () => {
    const ids = [
      id({ S: 'a|S:b' }, { S: 'c' }),
      id({ S: 'a' }, { S: 'b|S:c' }),
      id({ S: 'a%7CS:b' }, { S: 'c' }),
      id({ S: '42' }, { S: 'c' }),
      id({ N: '42' }, { S: 'c' }),
      id({ B: new Uint8Array([104]) }, { S: 'c' }),
      id({ S: 'aA==' }, { S: 'c' }),
      id({ S: '' }, { S: 'c' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
