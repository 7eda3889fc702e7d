import { expect, test } from 'vitest';
import { itemChange } from '../../src/dynamodb/item-change.js';
import { itemTexts } from '../../src/dynamodb/text/item-texts.js';
import type { ItemText, RawItem } from '../../src/item/attribute-value.js';

const keyNames = { partitionKey: 'id', sortKey: 'type' };
const key: RawItem = { id: { S: '1' }, type: { S: 'EMAIL' } };

test('only what differs is written, and only that is expected to be as it was', () => {
  const before: RawItem = { ...key, a: { S: 'x' }, same: { N: '1.0' }, changed: { N: '1' }, gone: { BOOL: true } };
  const after: RawItem = { ...key, b: { S: 'x' }, a: { S: 'x' }, same: { N: '1' }, changed: { N: '2' } };
  expect(itemChange(before, after, [], keyNames)).toStrictEqual({
    key,
    set: { b: { S: 'x' }, changed: { N: '2' } },
    remove: ['gone'],
    expect: { b: undefined, changed: { N: '1' }, gone: { BOOL: true } },
  });
});

test('what the new values were computed from has to be as it was, present or absent, but for the key', () => {
  const before: RawItem = { ...key, first: { S: 'Ada' } };
  const after: RawItem = { ...before, name: { S: 'Ada' } };
  const change = itemChange(before, after, ['id', 'type', 'first', 'last'], keyNames);
  expect(change?.expect).toStrictEqual({ name: undefined, first: { S: 'Ada' }, last: undefined });
});

test('equal items need no change, whatever was read', () => {
  const set: RawItem = { ...key, tags: { SS: ['a', 'b'] }, doc: { M: { n: { N: '10' } } } };
  const same: RawItem = { ...key, tags: { SS: ['b', 'a'] }, doc: { M: { n: { N: '1E+1' } } } };
  expect(itemChange(set, same, ['tags'], keyNames)).toBeUndefined();
});

test('attributes that are called like members of an object are attributes', () => {
  const before = JSON.parse('{"id":{"S":"1"},"type":{"S":"x"},"__proto__":{"S":"old"}}') as RawItem;
  const change = itemChange(
    before,
    { ...key, type: { S: 'x' }, toString: { S: 'new' } } as unknown as RawItem,
    ['constructor'],
    keyNames,
  );
  expect(Object.keys(change?.set ?? {})).toEqual(['toString']);
  expect(change?.remove).toEqual(['__proto__']);
  expect(Object.entries(change?.expect ?? {})).toEqual([
    ['toString', undefined],
    ['__proto__', { S: 'old' }],
    ['constructor', undefined],
  ]);
});

test('a text that was not made of the other is compared with all that either has', () => {
  const [before, after] = [key, { ...key, type: { S: 'SMS' }, a: { N: '1' } }].map(textOf);
  if (!before || !after) throw new Error('no text');
  const made = before.with({ a: { N: '1' }, b: undefined });
  expect(itemChange(before, made, [], keyNames)?.set).toStrictEqual({ a: { N: '1' } });
  expect(itemChange(before, after, [], keyNames)?.set).toStrictEqual({ type: { S: 'SMS' }, a: { N: '1' } });
  expect(itemChange(before, made.with({ c: { N: '2' } }), [], keyNames)?.set).toStrictEqual({
    a: { N: '1' },
    c: { N: '2' },
  });
  expect(itemChange(made, before, [], keyNames)?.remove).toEqual(['a']);
  expect(itemChange(made, made.with({ a: undefined }), [], keyNames)?.remove).toEqual(['a']);
  expect(itemChange(before, made.with({ a: undefined }), [], keyNames)).toBeUndefined();
});

function textOf(item: RawItem): ItemText {
  const { Items } = itemTexts.decode(Buffer.from(JSON.stringify({ Items: [item] }))) as { Items: ItemText[] };
  return Items[0] as ItemText;
}
