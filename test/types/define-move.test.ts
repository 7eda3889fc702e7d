import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineMigration } from '../../src/definition/define-migration.js';
import type { MoveMigration } from '../../src/definition/define-move.js';
import { table } from '../../src/definition/table.js';
import { createItems, createMoveItems } from '../../src/transform/items.js';
import type { MovedItems } from '../../src/transform/move-items.js';

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

const description = 'Move the preferences';
const irreversible = 'not here';
const from = table<PreferenceV1>('USER_PREFERENCES', { partitionKey: 'id', sortKey: 'preferenceType' });
const to = table<PreferenceV2>('USER_PREFERENCESV2');

/** What a chain's items are. */
type TypeOf<C> = C extends MovedItems<infer T> ? T : never;

function typeOf<C>(_chain: C): TypeOf<C> {
  return {} as TypeOf<C>;
}

describe('the definition of a move', () => {
  it('takes a chain that leads from the one type to the other', () => {
    const migration = defineMigration({
      description,
      from,
      to,
      up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
    });
    expectTypeOf(migration).toEqualTypeOf<MoveMigration>();
    expect(migration.kind).toBe('move');

    defineMigration({
      description,
      from,
      to,
      target: { indexes: [{ name: 'by-channel', partitionKey: { name: 'channel', type: 'S' } }] },
      up: (items) =>
        items
          .filter((item) => item.prefVal !== 'none')
          .map(({ prefVal, ...rest }) => ({ ...rest, preferenceValue: prefVal, channel: 'EMAIL' })),
      down: ({ preferenceValue, channel: _gone, ...rest }, old) => ({
        ...rest,
        prefVal: preferenceValue ?? old?.prefVal,
      }),
    });
  });

  it('takes a copy as it is, and items without types', () => {
    defineMigration({ description, from, to: table<PreferenceV1>('COPY'), up: (items) => items });
    defineMigration({
      description,
      from: table('USERS'),
      to: table('USERSV2'),
      up: (items) => items.rename('a', 'b').filter((item) => 'b' in item),
      down: (item, old) => ({ ...old, a: item.b }),
    });
    defineMigration({
      description,
      from: table('USERS'),
      to: table('USERSV2'),
      up: (items) =>
        items.split((item) => [item, { ...item, b: 1 }], {
          partitionKey: { name: 'x', type: 'S' },
          source: { id: 'y' },
        }),
      irreversible,
    });
  });

  it('refuses at compile time what would leave items of another type', () => {
    const refused = [
      () =>
        defineMigration({
          description,
          from,
          to,
          // @ts-expect-error a typo in an attribute
          up: (items) => items.rename('prefVall', 'preferenceValue').add('channel', 'EMAIL'),
        }),
      () =>
        defineMigration({
          description,
          from,
          to,
          // @ts-expect-error a left-over attribute, although it is optional
          up: (items) => items.copy('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
        }),
      () =>
        defineMigration({
          description,
          from,
          to,
          // @ts-expect-error a forgotten new attribute
          up: (items) => items.rename('prefVal', 'preferenceValue'),
        }),
      () =>
        defineMigration({
          description,
          from,
          to,
          // @ts-expect-error a value outside of its union
          up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'FAX'),
        }),
      () =>
        defineMigration({
          description,
          from,
          to,
          // @ts-expect-error nothing of what is wanted
          up: (items) => items,
        }),
      () =>
        defineMigration({
          description,
          from,
          to,
          // @ts-expect-error a re-keyed chain is checked as well
          up: (items) => items.rekey({ partitionKey: { name: 'id', type: 'S' } }),
          irreversible,
        }),
    ];
    expect(refused).toHaveLength(6);
  });

  it('refuses a `down` that does not lead back', () => {
    const refused = [
      () =>
        defineMigration({
          description,
          from,
          to,
          up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
          // @ts-expect-error a left-over attribute
          down: (item) => ({ ...item, prefVal: item.preferenceValue }),
        }),
      () =>
        defineMigration({
          description,
          from,
          to,
          up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
          // @ts-expect-error a forgotten attribute
          down: ({ id, preferenceValue }) => ({ id, prefVal: preferenceValue }),
        }),
      () =>
        defineMigration({
          description,
          from,
          to,
          up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
          // @ts-expect-error the old item may be absent
          down: ({ id, preferenceType }, old) => ({ id, preferenceType, prefVal: old.prefVal }),
        }),
      () =>
        defineMigration({
          description,
          from,
          to,
          up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
          // @ts-expect-error a promise
          down: async ({ id, preferenceType }) => ({ id, preferenceType }),
        }),
      () =>
        defineMigration({
          description,
          from,
          to,
          up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
          // @ts-expect-error a chain, as in place
          down: (items) => items.rename('preferenceValue', 'prefVal').remove('channel'),
        }),
    ];
    expect(refused).toHaveLength(5);
  });

  it('refuses to mix the two kinds', () => {
    const up = () => createMoveItems<PreferenceV1>();
    const refused = [
      // @ts-expect-error a table beside
      () => defineMigration({ description, from, to: from, table: from, up }),
      // @ts-expect-error no `to`
      () => defineMigration({ description, from, up }),
      // @ts-expect-error a filter of migrations in place
      () => defineMigration({ description, from, to: from, where: { id: 'x' }, up }),
      () =>
        defineMigration({
          description,
          table: from,
          // @ts-expect-error only in moves
          up: (items) => items.filter((item) => item.id !== ''),
        }),
      () =>
        defineMigration({
          description,
          table: from,
          // @ts-expect-error only in moves
          up: (items) => items.rekey({ partitionKey: { name: 'id', type: 'S' } }),
          irreversible,
        }),
      () =>
        defineMigration({
          description,
          table: from,
          // @ts-expect-error only in moves
          up: (items) => items.split((item) => [item], { partitionKey: { name: 'id', type: 'S' } }),
          irreversible,
        }),
      () =>
        defineMigration({
          description,
          table: from,
          up: (items) => items.add('x', 1),
          // @ts-expect-error only in moves
          target: { throughput: 'on-demand' },
        }),
    ];
    expect(refused).toHaveLength(7);
  });

  it('refuses unknown wishes for the target', () => {
    const target = { from, to: from, description, up: () => createMoveItems<PreferenceV1>() };
    const refused = [
      // @ts-expect-error a typo
      () => defineMigration({ ...target, target: { throughputt: 'on-demand' } }),
      () =>
        // @ts-expect-error not a type of a key
        defineMigration({ ...target, target: { indexes: [{ name: 'x', partitionKey: { name: 'id', type: 'M' } }] } }),
    ];
    expect(refused).toHaveLength(2);
  });
});

describe('the chain of a move', () => {
  interface User {
    id: string;
    type: 'USER';
    email: string;
    age: number;
    nick?: string;
  }
  interface Order {
    id: string;
    type: 'ORDER';
    total: number;
  }
  const users = createMoveItems<User>();

  it('filter narrows by a type guard', () => {
    const both = createMoveItems<User | Order>();
    const isUser = (item: User | Order): item is User => item.type === 'USER';
    expectTypeOf(typeOf(both.filter(isUser))).toEqualTypeOf<User>();
    expectTypeOf(typeOf(both.filter((item) => item.type === 'ORDER'))).toEqualTypeOf<Order>();
    expectTypeOf(typeOf(both.filter((item) => item.id !== ''))).toEqualTypeOf<User | Order>();
    expectTypeOf(typeOf(users.filter((item) => item.nick !== undefined))).toEqualTypeOf<User>();
    expectTypeOf(typeOf(both.filter(isUser).rename('email', 'mail')).mail).toEqualTypeOf<string>();
    // @ts-expect-error an attribute that the item does not have
    users.filter((item) => item.emial !== '');
    // @ts-expect-error a promise is not an answer
    users.filter(async (item) => item.email !== '');
    // @ts-expect-error the item is read-only
    users.filter((item) => delete item.email);
    // @ts-expect-error only in moves
    expect(() => createItems<User>().filter(() => true)).not.toThrow();
  });

  it('rekey takes attributes that can be keys, with their types', () => {
    const key = { name: 'email', type: 'S' } as const;
    const rekeyed = users.rekey({ partitionKey: key, sortKey: { name: 'age', type: 'N' }, source: { id: 'id' } });
    expectTypeOf(typeOf(rekeyed)).toEqualTypeOf<User>();
    const refused = [
      // @ts-expect-error a typo
      () => users.rekey({ partitionKey: { name: 'emial', type: 'S' } }),
      // @ts-expect-error an attribute that may be absent
      () => users.rekey({ partitionKey: { name: 'nick', type: 'S' } }),
      // @ts-expect-error another type than the attribute has
      () => users.rekey({ partitionKey: { name: 'age', type: 'S' } }),
      // @ts-expect-error the source's key in an attribute that there is not
      () => users.rekey({ partitionKey: key, source: { id: 'userId' } }),
      // @ts-expect-error nothing comes after
      () => users.rekey({ partitionKey: key }).remove('age'),
    ];
    expect(refused).toHaveLength(5);
  });

  it('split ends in what its function returns', () => {
    const parts = users.split(
      (item) => [{ id: item.id, part: 'a' }, ...(item.nick ? [{ id: item.id, part: 'b' }] : [])],
      {
        partitionKey: { name: 'part', type: 'S' },
      },
    );
    expectTypeOf(typeOf(parts).id).toEqualTypeOf<string>();
    expectTypeOf(typeOf(parts).part).toExtend<string>();
    const refused = [
      // @ts-expect-error a key that the new items do not have
      () => users.split((item) => [{ part: item.id }], { partitionKey: { name: 'email', type: 'S' } }),
      // @ts-expect-error one item is no array of items
      () => users.split((item) => item, { partitionKey: { name: 'id', type: 'S' } }),
      // @ts-expect-error nothing comes after
      () => users.split((item) => [item], { partitionKey: { name: 'id', type: 'S' } }).filter(() => true),
    ];
    expect(refused).toHaveLength(3);
  });

  it('the operations that both kinds have stay in a move', () => {
    const chain = users
      .rename('nick', 'alias')
      .copy('id', 'userId')
      .add('plan', 'FREE')
      .set('age', 1)
      .remove('alias')
      .convert('userId', { to: Number })
      .nest(['plan'], 'billing')
      .unnest('billing', ['plan'])
      .map((item) => ({ id: item.id, plan: item.plan }))
      .filter(() => true);
    expectTypeOf(typeOf(chain)).toEqualTypeOf<{ id: string; plan: 'FREE' }>();
  });
});
