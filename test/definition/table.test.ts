import { describe, expect, it } from 'vitest';
import { table } from '../../src/definition/table.js';
import { errorOf } from '../transform/operations/apply.js';

describe('table', () => {
  it('is plain data', () => {
    expect(table('USERS')).toStrictEqual({ name: 'USERS' });
    expect(table('my.app_USERS-2', { partitionKey: 'id', sortKey: 'type' })).toStrictEqual({
      name: 'my.app_USERS-2',
      partitionKey: 'id',
      sortKey: 'type',
    });
    expect(Object.isFrozen(table('USERS'))).toBe(true);
  });

  it.each<[unknown, unknown, string]>([
    ['ab', undefined, '`table` was given `ab` for a table name'],
    ['a'.repeat(256), undefined, `\`table\` was given \`${'a'.repeat(256)}\` for a table name`],
    ['arn:aws:dynamodb', undefined, '`table` was given `arn:aws:dynamodb` for a table name'],
    ['USERS\n', undefined, '`table` was given `USERS\n` for a table name'],
    [undefined, undefined, '`table` was given `undefined` for a table name'],
    ['USERS', 'id', "`table('USERS')` has `id` for its keys"],
    ['USERS', {}, "`table('USERS')` has `undefined` for its `partitionKey`"],
    ['USERS', { partitionKey: '' }, "`table('USERS')` has an unusable name for its `partitionKey`"],
    ['USERS', { partitionKey: 'id', sortKey: 1 }, "`table('USERS')` has `1` for its `sortKey`"],
    ['USERS', { partitionKey: 'id', sortKey: 'id' }, "`table('USERS')` has `id` for both of its keys"],
    ['USERS', { partitonKey: 'id' }, "`table('USERS')` has an unknown key `partitonKey`"],
  ])('refuses %j with keys %j', (name, keys, message) => {
    expect(errorOf(() => table(name as never, keys as never))).toMatchObject({
      code: 'MIGRATION_INVALID',
      message,
      fix: expect.any(String),
    });
  });
});
