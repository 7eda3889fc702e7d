import { describe, expect, it } from 'vitest';
import { defineMigration } from '../../src/definition/define-migration.js';
import { table } from '../../src/definition/table.js';
import type { Items } from '../../src/transform/items.js';

// `tsc --noEmit` is the test: every `@ts-expect-error` has to meet an error, every other line none.

interface PreferenceV1 {
  id: string;
  preferenceType: string;
  prefVal?: string;
}

interface PreferenceV2 {
  id: string;
  preferenceType: string;
  preferenceValue?: string;
  channel: 'EMAIL' | 'SMS';
}

const preferences = table<PreferenceV1, PreferenceV2>('USER_PREFERENCES');
const up = (items: Items<PreferenceV1>) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL');
const description = 'Rename prefVal to preferenceValue; every preference gets a channel';
const irreversible = 'not here';

describe('defineMigration', () => {
  it('takes a chain that ends in the type after', () => {
    const migration = defineMigration({
      description,
      table: preferences,
      up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
    });
    expect(migration.kind).toBe('in-place');

    defineMigration({
      description,
      table: preferences,
      up: (items) =>
        items
          .rename('prefVal', 'preferenceValue')
          .add('channel', (item) => (item.preferenceValue === undefined ? 'SMS' : 'EMAIL')),
      down: (items) => items.rename('preferenceValue', 'prefVal').remove('channel'),
    });
  });

  it('takes any chain where no type after is declared', () => {
    defineMigration({
      description,
      table: table<PreferenceV1>('USER_PREFERENCES', { partitionKey: 'id', sortKey: 'preferenceType' }),
      where: { preferenceType: 'EMAIL' },
      up: (items) => items.rename('prefVal', 'preferenceValue').set('version', 2),
      down: (items) => items.rename('preferenceValue', 'prefVal').remove('version'),
    });
  });

  it('takes items without types', () => {
    defineMigration({
      description,
      table: table('USER_PREFERENCES', { partitionKey: 'id' }),
      where: { type: 'USER', version: 1, deleted: false, gone: null },
      up: (items) => items.rename('a', 'b').add('c', 1).nest(['b'], 'd').set('e', ['f']),
      down: (items) => items.unnest('d', ['b']).remove('c').remove('e').rename('b', 'a'),
    });
  });

  it('refuses at compile time what would leave items of another type', () => {
    const refused = [
      () =>
        defineMigration({
          description,
          table: preferences,
          // @ts-expect-error a typo in an attribute
          up: (items) => items.rename('prefVall', 'preferenceValue').add('channel', 'EMAIL'),
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          // @ts-expect-error a left-over attribute, although it is optional
          up: (items) => items.copy('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          // @ts-expect-error a forgotten new attribute
          up: (items) => items.rename('prefVal', 'preferenceValue'),
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          // @ts-expect-error a value outside of its union
          up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'FAX'),
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          up: (items) =>
            // @ts-expect-error a value that may be absent where it has to be there
            items
              .rename('prefVal', 'preferenceValue')
              .add('channel', (item) => (item.id === '' ? undefined : ('EMAIL' as const))),
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          // @ts-expect-error an attribute that is always there where it may be absent
          up: (items) => items.remove('prefVal').add('preferenceValue', 'x').add('channel', 'EMAIL'),
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          // @ts-expect-error the result of `map` has a left-over attribute
          up: (items) => items.map((item) => ({ ...item, channel: 'EMAIL' }), { needed: () => true }),
          irreversible,
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
          // @ts-expect-error `down` does not lead back
          down: (items) => items.rename('preferenceValue', 'prefVal'),
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          // @ts-expect-error a promise
          up: async (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          // @ts-expect-error a value that is not one of the attribute's type
          where: { id: 42 },
          up,
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          // @ts-expect-error a typo in an attribute of the filter
          where: { idd: '42' },
          up,
        }),
      () =>
        defineMigration({
          description,
          table: preferences,
          up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
          // @ts-expect-error a typo in a key of the definition
          irreversibel: 'because',
        }),
    ];
    expect(refused).toHaveLength(12);
  });

  it('takes the values that `map` may leave out for optional attributes', () => {
    defineMigration({
      description,
      table: preferences,
      up: (items) =>
        items.map(({ prefVal, ...rest }) => ({ ...rest, preferenceValue: prefVal, channel: 'EMAIL' }), {
          needed: (item) => !('channel' in item),
        }),
      irreversible,
    });
    defineMigration({
      description,
      table: preferences,
      up: (items) =>
        items.map(
          ({ prefVal, ...rest }): PreferenceV2 => ({
            ...rest,
            channel: 'SMS',
            ...(prefVal === undefined ? {} : { preferenceValue: prefVal }),
          }),
          { needed: (item) => !('channel' in item) },
        ),
      down: (items) => items.rename('preferenceValue', 'prefVal').remove('channel'),
    });
  });

  it('takes a union of entities, each with its own attributes', () => {
    interface User {
      id: string;
      type: 'USER';
      name: string;
    }
    interface Order {
      id: string;
      type: 'ORDER';
      total: number;
      note?: string;
    }
    interface NamedUser {
      id: string;
      type: 'USER';
      fullName: string;
    }
    defineMigration({
      description,
      table: table<User | Order, NamedUser | Order>('APP', { partitionKey: 'id', sortKey: 'type' }),
      where: { type: 'USER' },
      up: (items) => items.rename('name', 'fullName'),
    });
    const refused = [
      () =>
        defineMigration({
          description,
          table: table<User | Order, NamedUser | Order>('APP'),
          // @ts-expect-error orders get an attribute that they do not have
          up: (items) => items.rename('name', 'fullName').add('active', true),
        }),
      // @ts-expect-error not an attribute of every entity
      () => table<User | Order>('APP', { partitionKey: 'name' }),
      // @ts-expect-error a filter for an entity that there is not
      () => defineMigration({ description, table: table<User | Order>('APP'), where: { type: 'X' }, up: (i) => i }),
    ];
    expect(refused).toHaveLength(3);
  });
});

describe('table', () => {
  it('refuses key names that are not attributes that can be keys', () => {
    const refused = [
      // @ts-expect-error a typo
      () => table<PreferenceV1>('USER_PREFERENCES', { partitionKey: 'idd' }),
      // @ts-expect-error an attribute that may be absent
      () => table<PreferenceV1>('USER_PREFERENCES', { partitionKey: 'id', sortKey: 'prefVal' }),
      // @ts-expect-error a list
      () => table<{ id: string; tags: string[] }>('USER_PREFERENCES', { partitionKey: 'tags' }),
    ];
    expect(refused).toHaveLength(3);
  });
});
