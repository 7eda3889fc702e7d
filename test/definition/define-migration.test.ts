import { describe, expect, it } from 'vitest';
import { defineMigration } from '../../src/definition/define-migration.js';
import { isDefinition } from '../../src/definition/definition-mark.js';
import { table } from '../../src/definition/table.js';
import { describeTransform } from '../../src/transform/describe-transform.js';
import type { Items } from '../../src/transform/items.js';
import { errorOf } from '../transform/operations/apply.js';

type Untyped = Items<Record<string, unknown>>;

const valid = {
  description: 'Rename a to b',
  table: table('USERS', { partitionKey: 'id', sortKey: 'type' }),
  up: (items: Untyped) => items.rename('a', 'b'),
};

describe('defineMigration', () => {
  it('gives frozen data: what to do with which items of which table, and the way back', () => {
    const migration = defineMigration({ ...valid, where: { kind: 'USER', version: 1, gone: null } });
    expect(migration).toMatchObject({
      kind: 'in-place',
      description: 'Rename a to b',
      table: { name: 'USERS', partitionKey: 'id', sortKey: 'type' },
      where: { kind: { S: 'USER' }, version: { N: '1' }, gone: { NULL: true } },
      irreversible: undefined,
    });
    expect(describeTransform(migration.up)).toBe('rename a → b');
    expect(migration.down && describeTransform(migration.down)).toBe('rename b → a');
    for (const part of [migration, migration.table, migration.where, migration.up, migration.up.operations]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('takes a `down`, or the reason why there is none', () => {
    const up = (items: Untyped) => items.rename('a', 'b').remove('c');
    const written = defineMigration({ ...valid, up, down: (items: Untyped) => items.rename('b', 'a') });
    expect(written.down && describeTransform(written.down)).toBe('rename b → a');
    const none = defineMigration({ ...valid, up, irreversible: 'nobody knows c' });
    expect(none).toMatchObject({ down: undefined, irreversible: 'nobody knows c' });
  });

  it('can leave out what it derives, and the filter', () => {
    const migration = defineMigration({ ...valid, table: table('USERS') });
    expect(migration.where).toBeUndefined();
    expect(migration.table).toStrictEqual({ name: 'USERS' });
  });

  it('is recognised, also when another copy of the package made it', () => {
    expect(isDefinition(defineMigration(valid))).toBe(true);
    expect(isDefinition({ [Symbol.for('dynamigrate.definition')]: true })).toBe(true);
    expect(isDefinition({ ...valid })).toBe(false);
    expect(isDefinition(null)).toBe(false);
    expect(Object.keys(defineMigration(valid))).not.toContain('dynamigrate.definition');
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['no description', { description: undefined }, '`description` is `undefined`', 'say in a line'],
    ['an empty description', { description: ' ' }, '`description` is ` `', 'say in a line'],
    ['an unknown key', { wehre: {} }, '`wehre` is not a key of `defineMigration`', '`where`'],
    ['a key of another kind', { from: table('USERS') }, 'both `table` and `from` are given', '`from` and `to`'],
    ['a wish for a target', { target: {} }, '`target` is not a key of `defineMigration`', '`table`'],
    ['no table', { table: undefined }, '`table` is `undefined`', "table<Item>('NAME')"],
    ['the name of a table', { table: 'USERS' }, '`table` is `USERS`', "table<Item>('NAME')"],
    ['an object with a bad name', { table: { name: 'x' } }, '`table` was given `x` for a table name', '3 to 255'],
    ['no `up`', { up: undefined }, '`up` is `undefined`, not a function', 'items.rename'],
    ['an asynchronous `up`', { up: async (i: Untyped) => i.add('c', 1) }, '`up` returned a promise', 'plain function'],
    ['an `up` that rejects', { up: async () => Promise.reject(new Error('x')) }, '`up` returned a promise', 'plain'],
    ['an `up` without result', { up: () => {} }, '`up` returned `undefined` instead of its chain', 'return the chain'],
    ['an `up` without operations', { up: (i: Untyped) => i }, '`up` has no operations, so', 'items.rename'],
    [
      'an `up` that loses an operation',
      {
        up: (i: Untyped) => {
          i.rename('a', 'b');
          return i.add('c', 1);
        },
      },
      '`up` calls `rename a → b` outside of the chain that it returns',
      'each method returns a new one',
    ],
    [
      'an `up` that throws',
      {
        up: () => {
          throw new Error('boom');
        },
      },
      '`up` threw: boom',
      'items.rename',
    ],
    ['a mistake in the chain', { up: (i: Untyped) => i.rename('a', 'a') }, '`rename` has the attribute `a`', 'two'],
    [
      'a map without `needed`',
      { up: (i: Untyped) => i.map((item) => item), irreversible: 'x' },
      '`map` in `up` does not say which items still need it: give it `{ needed: (item) => … }`',
      'resumed',
    ],
    [
      'a map without `needed` in `down`',
      { down: (i: Untyped) => i.map((item) => item) },
      '`map` in `down` does not say which items still need it',
      'resumed',
    ],
    [
      'a change to the partition key',
      { up: (i: Untyped) => i.rename('id', 'pk') },
      '`rename id → pk` in `up` changes `id`, a key attribute',
      'leave the attribute as it is',
    ],
    [
      'a change to the sort key',
      { up: (i: Untyped) => i.add('c', 1).add('type', 'x') },
      '`add type` in `up` changes `type`, a key attribute',
      'leave the attribute as it is',
    ],
    [
      'a change to an attribute of the filter',
      { where: { kind: 'X' }, up: (i: Untyped) => i.set('kind', 'Y'), irreversible: 'x' },
      '`set kind` in `up` changes `kind`, an attribute of `where`',
      'leave the attribute as it is',
    ],
    [
      'a change to a key in `down`',
      { down: (i: Untyped) => i.remove('id') },
      '`remove id` in `down` changes `id`',
      'leave the attribute as it is',
    ],
    [
      'no way back',
      { up: (i: Untyped) => i.add('c', 1).remove('x') },
      'there is no way back: `remove x` forgets the value',
      "write `down: (items) => …`, or say why there is none: `irreversible: '…'`",
    ],
    [
      'two ways back',
      { down: (i: Untyped) => i.add('c', 1), irreversible: 'x' },
      'both `down` and `irreversible` are given',
      'keep',
    ],
    ['no reason', { irreversible: '' }, '`irreversible` is an empty string', 'say why'],
    ['a `down` that is no function', { down: 'x' }, '`down` is `x`, not a function', 'items.rename'],
    ['an empty filter', { where: {} }, '`where` is empty', 'leave it out'],
    ['a filter that is no object', { where: 'USER' }, '`where` is `USER`', 'name attributes'],
    ['a filter with a list', { where: { a: ['x'] } }, '`where` compares `a` with an array', 'name attributes'],
    ['a filter with undefined', { where: { a: undefined } }, '`where` has a value that cannot be stored', 'name'],
    ['a filter with a function', { where: { a: () => 1 } }, '`where` has a value that cannot be stored', 'name'],
  ])('refuses %s', (_name, change, message, fix) => {
    expect(errorOf(() => defineMigration({ ...valid, ...change } as never))).toMatchObject({
      code: 'MIGRATION_INVALID',
      message: expect.stringContaining(message),
      fix: expect.stringContaining(fix),
    });
  });

  it('refuses what is no definition at all', () => {
    for (const definition of [undefined, null, 'x', []]) {
      expect(errorOf(() => defineMigration(definition as never))).toMatchObject({ code: 'MIGRATION_INVALID' });
    }
  });
});
