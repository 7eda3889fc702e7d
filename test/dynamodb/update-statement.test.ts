import { expect, test } from 'vitest';
import type { ItemChange } from '../../src/dynamodb/item-change.js';
import { updateStatements } from '../../src/dynamodb/update-statement.js';

const none: ItemChange = { key: { id: { S: '1' } }, set: {}, remove: [], expect: {} };

const statementOf = (change: Partial<ItemChange>, table = 'USERS') => updateStatements(table)({ ...none, ...change });

test('the parameters stand in the order of the question marks', () => {
  const statement = statementOf({
    key: { id: { S: 'key' }, sort: { N: '7' } },
    set: { b: { S: 'new' } },
    remove: ['a'],
    expect: { a: { S: 'old' }, b: undefined },
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
  expect(statementOf({ expect: { [name]: undefined } })).toBeUndefined();
  expect(statementOf({ key: { [name]: { S: '' } } })).toBeUndefined();
  expect(statementOf({ remove: [`x${name}`] })).toBeDefined();
});

test('changes that differ in their values share a text, each with its own values in its order', () => {
  const statement = updateStatements('USERS');
  const first = {
    ...none,
    set: { a: { S: '1' }, b: { S: '2' } },
    remove: ['c'],
    expect: { c: { S: '3' }, d: undefined },
  };
  const turned = { ...first, set: { b: { S: '20' }, a: { S: '10' } }, expect: { d: undefined, c: { S: '30' } } };
  const Statement = statement(first)?.Statement;
  expect(statement(turned)).toEqual({
    Statement,
    Parameters: [{ S: '10' }, { S: '20' }, { S: '1' }, { S: '30' }],
  });
});

test.each<[string, Partial<ItemChange>]>([
  ['a key', { key: { other: { S: '1' } } }],
  ['an attribute that is set', { set: { a: { S: '1' }, other: { S: '2' } } }],
  ['one more that is set', { set: { a: { S: '1' }, b: { S: '2' }, more: { S: '3' } } }],
  ['an attribute that is removed', { remove: ['other'] }],
  ['one more that is removed', { remove: ['c', 'more'] }],
  ['an attribute that is expected', { expect: { c: { S: '3' }, other: undefined } }],
  ['one more that is expected', { expect: { c: { S: '3' }, d: undefined, more: undefined } }],
  ['one less that is expected', { expect: { c: { S: '3' } } }],
  ['a value that is expected to be absent', { expect: { c: undefined, d: undefined } }],
  ['an absent one that is expected to have a value', { expect: { c: { S: '3' }, d: { S: '4' } } }],
])('after a change that differs by %s, the text is made anew', (_, part) => {
  const first = {
    ...none,
    set: { a: { S: '1' }, b: { S: '2' } },
    remove: ['c'],
    expect: { c: { S: '3' }, d: undefined },
  };
  const next = { ...first, ...part };
  const statement = updateStatements('USERS');
  statement(first);
  expect(statement(next)).toEqual(updateStatements('USERS')(next));
});
