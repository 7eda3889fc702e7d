import { describe, expect, expectTypeOf, it } from 'vitest';
import type { NumberValue } from '../../src/item/number.js';
import type { Exact } from '../../src/transform/exact.js';
import { createItems, type Items } from '../../src/transform/items.js';

// `tsc --noEmit` is the test: every `@ts-expect-error` has to meet an error, every other line none.

interface User {
  id: string;
  name?: string;
  age: number;
  tags: string[];
  address: { street: string; city?: string };
  prefs?: { theme: 'dark' | 'light'; size?: number };
}

const users = createItems<User>();

/** What a chain's items are. */
type TypeOf<C> = C extends Items<infer T> ? T : never;

function typeOf<C>(_chain: C): TypeOf<C> {
  return {} as TypeOf<C>;
}

describe('the types of a chain', () => {
  it('rename moves the type and its optionality', () => {
    const { id, ...rest } = typeOf(createItems<{ id: string; name?: string }>().rename('name', 'title'));
    expectTypeOf(id).toEqualTypeOf<string>();
    expectTypeOf(rest).toEqualTypeOf<{ title?: string }>();
    // @ts-expect-error a typo
    const typo = () => users.rename('nam', 'title');
    // @ts-expect-error the new name is taken
    const taken = () => users.rename('name', 'age');
    expect([typo, taken]).toHaveLength(2);
  });

  it('rename with onCollision gives the type of the winner', () => {
    const both = createItems<{ a: string; b: number; c?: boolean }>();
    expectTypeOf(typeOf(both.rename('a', 'b', { onCollision: 'overwrite' }))).toEqualTypeOf<{
      b: string;
      c?: boolean;
    }>();
    expectTypeOf(typeOf(both.rename('a', 'b', { onCollision: 'keep' }))).toEqualTypeOf<{ b: number; c?: boolean }>();
    expectTypeOf(typeOf(both.rename('c', 'b', { onCollision: 'overwrite' }))).toEqualTypeOf<{
      a: string;
      b: number | boolean;
    }>();
    // @ts-expect-error not a rule
    expect(() => both.rename('a', 'b', { onCollision: 'maybe' })).toThrow();
  });

  it('copy, add, set and remove', () => {
    const items = createItems<{ id: string; a?: number }>();
    expectTypeOf(typeOf(items.copy('a', 'b'))).toEqualTypeOf<{ id: string; a?: number; b?: number }>();
    expectTypeOf(typeOf(items.copy('id', 'b'))).toEqualTypeOf<{ id: string; a?: number; b: string }>();
    expectTypeOf(typeOf(items.copy('id', 'a'))).toEqualTypeOf<{ id: string; a: string | number }>();
    expectTypeOf(typeOf(items.add('b', 'x'))).toEqualTypeOf<{ id: string; a?: number; b: 'x' }>();
    expectTypeOf(typeOf(items.add('b', (item) => item.a))).toEqualTypeOf<{ id: string; a?: number; b?: number }>();
    expectTypeOf(typeOf(items.add('a', 0))).toEqualTypeOf<{ id: string; a: number }>();
    expectTypeOf(typeOf(items.add('b', ['x', 1]))).toEqualTypeOf<{ id: string; a?: number; b: ['x', 1] }>();
    expectTypeOf(typeOf(items.set('a', (item) => item.id))).toEqualTypeOf<{ id: string; a: string }>();
    expectTypeOf(typeOf(items.set('a', null))).toEqualTypeOf<{ id: string; a: null }>();
    expectTypeOf(typeOf(items.remove('a'))).toEqualTypeOf<{ id: string }>();
    // @ts-expect-error a typo
    expectTypeOf(typeOf(items.remove('aa'))).toEqualTypeOf<{ id: string }>();
    // @ts-expect-error an attribute that the item does not have
    expectTypeOf(items.add('b', (item) => item.nope)).toBeObject();
    // @ts-expect-error the item is read-only
    items.add('b', (item) => (item.id = 'x'));
    // @ts-expect-error `set` needs a value
    expect(() => items.set('a', undefined)).toThrow();
  });

  it('convert knows the value on both sides', () => {
    const converted = users.convert('age', { to: (age) => String(age), from: (text) => Number(text) });
    expectTypeOf(typeOf(converted).age).toEqualTypeOf<string>();
    const optional = users.convert('name', {
      to: (name) => name.length,
      needed: (value) => typeof value === 'string',
    });
    expectTypeOf(typeOf(optional).name).toEqualTypeOf<number | undefined>();
    // @ts-expect-error `from` has to give what was there
    users.convert('age', { to: (age) => String(age), from: (text) => text });
    // @ts-expect-error a number has no length
    users.convert('age', { to: (age) => age.length });
    // @ts-expect-error a typo
    const typo = () => users.convert('agee', { to: String });
    expect(typo).not.toThrow();
  });

  it('nest and unnest move members with their optionality', () => {
    const items = createItems<{ id: string; street: string; city?: string; zip?: string }>();
    expectTypeOf(typeOf(items.nest(['street', 'city'], 'address'))).toEqualTypeOf<{
      id: string;
      zip?: string;
      address: { street: string; city?: string };
    }>();
    expectTypeOf(typeOf(items.nest(['city', 'zip'], 'address'))).toEqualTypeOf<{
      id: string;
      street: string;
      address?: { city?: string; zip?: string };
    }>();
    const nested = createItems<{ id: string; prefs?: { theme: string; size?: number } }>();
    expectTypeOf(typeOf(nested.unnest('prefs', ['theme', 'size']))).toEqualTypeOf<{
      id: string;
      theme?: string;
      size?: number;
    }>();
    expectTypeOf(typeOf(nested.unnest('prefs', ['size']))).toEqualTypeOf<{
      id: string;
      size?: number;
      prefs?: { theme: string };
    }>();
    // @ts-expect-error a typo in a member
    users.unnest('address', ['stret']);
    // @ts-expect-error not a map
    expect(() => users.unnest('tags', ['length'])).not.toThrow();
    // @ts-expect-error the name of the map is taken
    users.nest(['name'], 'age');
    // @ts-expect-error a typo in an attribute
    users.nest(['nam'], 'map');
  });

  it('map ends in what its function returns', () => {
    const mapped = users.map(({ name, ...rest }) => ({ ...rest, first: name, kind: 'USER' }), {
      needed: (item) => !('kind' in item),
    });
    expectTypeOf(typeOf(mapped).kind).toEqualTypeOf<'USER'>();
    expectTypeOf(typeOf(mapped).first).toEqualTypeOf<string | undefined>();
    expectTypeOf(typeOf(mapped).tags).toEqualTypeOf<string[]>();
    // @ts-expect-error gone
    mapped.remove('name');
    // @ts-expect-error a promise is not an item, but compiles as an object without attributes
    users.map(async (item) => item).remove('id');
  });

  it('is invariant', () => {
    // @ts-expect-error items without the attribute are not items with it
    const wider: Items<{ id: string; a?: string }> = createItems<{ id: string }>();
    // @ts-expect-error and the other way round
    const narrower: Items<{ id: string }> = createItems<{ id: string; a?: string }>();
    expect([wider, narrower]).toHaveLength(2);
  });
});

describe('Exact', () => {
  it('allows narrower values, and nothing else', () => {
    type V2 = { id: string; a?: number; c: 'x' | 'y' };
    expectTypeOf<Exact<{ id: string; a?: number; c: 'x' }, V2>>().toBeUnknown();
    expectTypeOf<Exact<{ id: string; a?: number; c: 'z' }, V2>>().not.toBeUnknown();
    expectTypeOf<Exact<{ id: string; a: number; c: 'x' }, V2>>().not.toBeUnknown();
    expectTypeOf<Exact<{ id: string; c: 'x' }, V2>>().not.toBeUnknown();
    expectTypeOf<Exact<{ id: string; a?: number; c: 'x'; d?: string }, V2>>().not.toBeUnknown();
    expectTypeOf<Exact<{ id: string; d: 1 }, unknown>>().toBeUnknown();
    expectTypeOf<Exact<{ id: number | NumberValue }, { id: number }>>().not.toBeUnknown();
  });

  it('handles unions member by member', () => {
    type Found = { t: 'a'; x: 1 } | { t: 'b'; y: 2 };
    expectTypeOf<Exact<Found, { t: 'a'; x: number } | { t: 'b'; y: number }>>().toBeUnknown();
    expectTypeOf<Exact<Found, { t: 'a'; x: number }>>().not.toBeUnknown();
    expectTypeOf<Exact<{ t: 'a' | 'b'; x: 1 }, { t: 'a'; x: number } | { t: 'b'; x: number }>>().toBeUnknown();
    expectTypeOf<Exact<{ t: 'a'; x: string }, { t: 'a' } | { t: 'a'; x: number }>>().not.toBeUnknown();
  });
});
