import { describe, expect, test } from 'vitest';
import type { ItemChange } from '../../src/dynamodb/item-change.js';
import { updateItemInput } from '../../src/dynamodb/update-item.js';
import type { MigrateError } from '../../src/errors.js';
import type { AttributeValue } from '../../src/item/attribute-value.js';

const inputOf = (change: Partial<ItemChange>, documentEquality = true) =>
  updateItemInput(
    { key: { id: { S: '1' } }, set: {}, remove: [], expect: {}, ...change },
    { tableName: 'USERS', keyNames: { partitionKey: 'id' }, documentEquality },
  );

describe('updateItemInput', () => {
  test('sets, removes and conditions, each name and value once', () => {
    const old: AttributeValue = { S: 'x' };
    const input = inputOf({
      set: { b: old },
      remove: ['a'],
      expect: { b: undefined, a: old },
    });
    expect(input).toEqual({
      TableName: 'USERS',
      Key: { id: { S: '1' } },
      UpdateExpression: 'SET #1=:0 REMOVE #2',
      ConditionExpression: 'attribute_exists(#0) AND attribute_not_exists(#1) AND #2=:0',
      ExpressionAttributeNames: { '#0': 'id', '#1': 'b', '#2': 'a' },
      ExpressionAttributeValues: { ':0': { S: 'x' } },
      ReturnConsumedCapacity: 'TOTAL',
    });
  });

  test('a change without values has no map of values, which DynamoDB would refuse when empty', () => {
    const input = inputOf({ remove: ['a'], expect: { b: undefined } });
    expect(input.UpdateExpression).toBe('REMOVE #2');
    expect(input).not.toHaveProperty('ExpressionAttributeValues');
  });

  test('no name of a user is part of an expression', () => {
    const names = ['status', 'a.b', 'a[0]', '#0', ':0', 'a b', '"', "'", 'é', '__proto__', 'constructor'];
    const value = (name: string): AttributeValue => ({ M: { [name]: { S: name } } });
    const set = Object.fromEntries(names.map((name) => [`new ${name}`, value(name)]));
    const expect_ = Object.fromEntries(names.map((name) => [name, value(name)]));
    const { UpdateExpression, ConditionExpression, ExpressionAttributeNames } = inputOf(
      { set, remove: names, expect: expect_ },
      false,
    );
    expect(`${UpdateExpression} ${ConditionExpression}`.replace(/SET|REMOVE|AND|attribute_\w+|size/g, '')).toMatch(
      /^(?:[#:]\d+|[\s=,.()])+$/,
    );
    for (const name of names) expect(Object.values(ExpressionAttributeNames ?? {})).toContain(name);
  });

  test('where maps and lists cannot be compared, their leaves, types and sizes are', () => {
    const value: AttributeValue = { M: { list: { L: [{ N: '1' }, { M: {} }] }, set: { SS: ['a'] }, empty: { L: [] } } };
    const { ConditionExpression, ExpressionAttributeValues } = inputOf({ expect: { doc: value } }, false);
    const readable = (ConditionExpression ?? '').replace(/:\d+/g, (name) =>
      JSON.stringify(ExpressionAttributeValues?.[name]),
    );
    expect(readable.split(' AND ')).toEqual([
      'attribute_exists(#0)',
      'attribute_type(#1,{"S":"M"})',
      'size(#1)={"N":"3"}',
      'attribute_type(#1.#2,{"S":"L"})',
      'size(#1.#2)={"N":"2"}',
      '#1.#2[0]={"N":"1"}',
      'attribute_type(#1.#2[1],{"S":"M"})',
      'size(#1.#2[1])={"N":"0"}',
      '#1.#3={"SS":["a"]}',
      'attribute_type(#1.#4,{"S":"L"})',
      'size(#1.#4)={"N":"0"}',
    ]);
  });

  test('where they can be compared, they are', () => {
    const value: AttributeValue = { M: { a: { L: [] } } };
    expect(inputOf({ expect: { doc: value } }).ConditionExpression).toBe('attribute_exists(#0) AND #1=:0');
  });

  test.each([
    ['conditions', { remove: ['a'], expect: many(150) }],
    ['attributes', { set: many(301), expect: {} }],
    ['characters of a condition', { remove: ['a'], expect: many(149, () => undefined) }],
  ])('too many %s are an error of the item', (_what, change) => {
    const error = caught(() => inputOf({ key: { id: { S: '42' } }, ...change }));
    expect(error).toMatchObject({ code: 'ITEM_INVALID', key: 'id=42' });
    expect(error.fix).toContain('map');
  });

  test('what DynamoDB still takes is not refused', () => {
    expect(() => inputOf({ remove: ['a'], expect: many(149) })).not.toThrow();
  });
});

function many<V = AttributeValue>(count: number, value = () => ({ S: 'x' }) as V): Record<string, V> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`attribute ${index}`, value()]));
}

function caught(call: () => unknown): MigrateError {
  try {
    call();
  } catch (error) {
    return error as MigrateError;
  }
  throw new Error('nothing was thrown');
}
