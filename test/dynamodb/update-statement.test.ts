import { expect, test } from 'vitest';
import type { ItemChange } from '../../src/dynamodb/item-change.js';
import { updateStatement } from '../../src/dynamodb/update-statement.js';

const statementOf = (change: Partial<ItemChange>, table = 'USERS') =>
  updateStatement({ key: { id: { S: '1' } }, set: {}, remove: [], expect: new Map(), ...change }, table);

test('the parameters stand in the order of the question marks', () => {
  const statement = statementOf({
    key: { id: { S: 'key' }, sort: { N: '7' } },
    set: { b: { S: 'new' } },
    remove: ['a'],
    expect: new Map([
      ['a', { S: 'old' }],
      ['b', undefined],
    ]),
  });
  expect(statement).toEqual({
    Statement: 'UPDATE "USERS" SET "b"=? REMOVE "a" WHERE "id"=? AND "sort"=? AND "a"=? AND attribute_not_exists("b")',
    Parameters: [{ S: 'new' }, { S: 'key' }, { N: '7' }, { S: 'old' }],
  });
});

test('quotes in names are doubled', () => {
  expect(statementOf({ remove: ['say "hi"'] }, 'A"B')?.Statement).toBe(
    'UPDATE "A""B" REMOVE "say ""hi""" WHERE "id"=?',
  );
});

test('a statement longer than DynamoDB takes is none', () => {
  const rest = statementOf({ remove: [''] })?.Statement?.length ?? 0;
  expect(statementOf({ remove: ['x'.repeat(8192 - rest)] })?.Statement).toHaveLength(8192);
  expect(statementOf({ remove: ['x'.repeat(8193 - rest)] })).toBeUndefined();
});

test.each(['#0', ':0', '#', ':x'])('a name that reads as a placeholder, %s, makes no statement', (name) => {
  expect(statementOf({ remove: [name] })).toBeUndefined();
  expect(statementOf({ set: { [name]: { S: '' } } })).toBeUndefined();
  expect(statementOf({ expect: new Map([[name, undefined]]) })).toBeUndefined();
  expect(statementOf({ key: { [name]: { S: '' } } })).toBeUndefined();
  expect(statementOf({ remove: [`x${name}`] })).toBeDefined();
});
