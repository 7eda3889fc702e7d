import { MigrateError } from '../errors.js';
import type { Operation } from './operation.js';
import { add } from './operations/add.js';
import { convert } from './operations/convert.js';
import { copy } from './operations/copy.js';
import { map } from './operations/map.js';
import { nest } from './operations/nest.js';
import { remove } from './operations/remove.js';
import { type RenameOptions, rename } from './operations/rename.js';
import { set } from './operations/set.js';
import { unnest } from './operations/unnest.js';
import type {
  Added,
  AttributeOf,
  Converted,
  Copied,
  MapAttributeOf,
  MemberOf,
  Nested,
  NewAttribute,
  Present,
  Renamed,
  RenamedOver,
  Stored,
  Unnested,
  Untyped,
  ValueOf,
  Without,
  WithValue,
  Writable,
} from './shape.js';
import type { Transform } from './transform.js';

/**
 * The items of a table on their way through a migration, as a chain of operations. Each method returns a new chain
 * whose type is that of the items after it; nothing happens until the migration runs.
 *
 * Functions in a chain are pure and synchronous, and see plain JavaScript values. A number that a double cannot hold
 * exactly arrives as a `NumberValue`, whatever `T` says.
 */
export interface Items<T> {
  /**
   * Only for the compiler: `Items` of two types are compatible only if the types are identical, with the same optional
   * attributes. `-?` is what makes the compiler compare so, rather than by assignability in both directions;
   * it has to be the first member, and with a symbol for a name it would not be.
   */
  readonly '~type'?: { readonly [P in keyof T]-?: (item: T) => T };

  /**
   * Renames an attribute; an item without it is left alone. An item that has both is an `ATTRIBUTE_COLLISION`, unless
   * `onCollision` says whose value stays. Inverse: the rename back, without `onCollision`.
   */
  rename<K extends AttributeOf<T>, const N extends string>(from: K, to: NewAttribute<T, N>): Items<Renamed<T, K, N>>;
  rename<K extends AttributeOf<T>, const N extends string, const O extends RenameOptions>(
    from: K,
    to: N,
    options: O,
  ): Items<RenamedOver<T, K, N, O['onCollision']>>;

  /** Copies an attribute to a name where there is none. Inverse: removes the copy. */
  copy<K extends AttributeOf<T>, const N extends string>(from: K, to: N): Items<Copied<T, K, N>>;

  /**
   * Sets an attribute where there is none, to a value or to what a function of the item returns; `undefined` leaves it
   * out. Inverse: removes it, also where it was there before.
   */
  add<const N extends string, const V>(name: N, value: (item: Readonly<T>) => V): Items<Added<T, N, Writable<V>>>;
  add<const N extends string, const V>(name: N, value: V): Items<Added<T, N, Writable<V>>>;

  /** Sets an attribute whether or not it is there, to a value or to what a function of the item returns. No inverse. */
  set<const N extends string, const V extends Present>(
    name: N,
    value: (item: Readonly<T>) => V,
  ): Items<WithValue<T, N, Writable<V>>>;
  set<const N extends string, const V extends Present>(name: N, value: V): Items<WithValue<T, N, Writable<V>>>;

  /** Removes an attribute. No inverse. */
  remove<K extends AttributeOf<T>>(name: K): Items<Without<T, K>>;

  /**
   * Changes the value of an attribute; an item without it is left alone. With `needed`, only values for which it is
   * true, and it has to be false for the result. Inverse: the same with `from`, if given.
   */
  convert<K extends AttributeOf<T>, V>(
    name: K,
    conversion: {
      readonly to: (value: ValueOf<T, K>) => V;
      readonly from?: (value: NoInfer<V>) => ValueOf<T, K>;
      readonly needed?: (value: ValueOf<T, K> | NoInfer<V>) => boolean;
    },
  ): Items<Converted<T, K, V>>;

  /**
   * Moves attributes into a new map. An item with none of them gets no map; one that has the map as well is an
   * `ATTRIBUTE_COLLISION`. Inverse: `unnest`.
   */
  nest<K extends AttributeOf<T>, const N extends string>(
    names: readonly K[],
    into: NewAttribute<T, N>,
  ): Items<Nested<T, K, N>>;

  /**
   * Moves members of a map to the top level; other members stay in it, an empty map is removed. An item that has one of
   * the attributes as well is an `ATTRIBUTE_COLLISION`, a value that is not a map `ITEM_INVALID`. No inverse.
   */
  unnest<K extends MapAttributeOf<T>, M extends MemberOf<ValueOf<T, K>>>(
    from: K,
    names: readonly M[],
  ): Items<Unnested<T, K, M>>;

  /**
   * Replaces each item by what a function returns for it; attributes that are not in the result are removed. The item
   * that the function gets is read-only. In place, `needed` has to say which items still need it, and be false for the
   * result: a resumed run meets items that are done. No inverse.
   */
  map<const R extends object>(
    fn: (item: Readonly<T>) => R,
    options?: { readonly needed?: (item: Readonly<T> | Stored<NoInfer<R>>) => boolean },
  ): Items<Stored<R>>;
}

interface Chain {
  readonly operations: readonly Operation[];
  /** Every operation added to this chain or to one that it shares a beginning with. */
  readonly all: Set<Operation>;
}

const chains = new WeakMap<object, Chain>();

/** An empty chain. */
export function createItems<T = Untyped>(): Items<T> {
  return toItems<T>({ operations: [], all: new Set() });
}

/** Whether a value is a chain, made by this copy of the package. */
export function isItems(value: unknown): value is Items<unknown> {
  return typeof value === 'object' && value !== null && chains.has(value);
}

/** What a chain says to do. */
export function operationsOf<T>(items: Items<T>): Transform {
  return { operations: chainOf(items).operations };
}

/**
 * Operations that were called but are not in this chain: a chain does not change, so in
 * `items.rename('a', 'b'); return items.add('c', 1);` the `rename` is lost.
 */
export function lostOperations<T>(items: Items<T>): readonly Operation[] {
  const { operations, all } = chainOf(items);
  return [...all].filter((operation) => !operations.includes(operation));
}

function chainOf(items: object): Chain {
  const chain = chains.get(items);
  if (chain === undefined) throw new MigrateError('INTERNAL', 'a value that is not a chain was taken for one');
  return chain;
}

function toItems<T>(chain: Chain): Items<T> {
  const append = (operation: Operation): Items<never> => {
    chain.all.add(operation);
    return toItems({ ...chain, operations: [...chain.operations, operation] });
  };
  const methods = {
    rename: (from: string, to: string, options?: RenameOptions) => append(rename(from, to, options)),
    copy: (from: string, to: string) => append(copy(from, to)),
    add: (name: string, value: unknown) => append(add(name, value)),
    set: (name: string, value: unknown) => append(set(name, value)),
    remove: (name: string) => append(remove(name)),
    convert: (...args: Parameters<typeof convert>) => append(convert(...args)),
    nest: (names: readonly string[], into: string) => append(nest(names, into)),
    unnest: (from: string, names: readonly string[]) => append(unnest(from, names)),
    map: (...args: Parameters<typeof map>) => append(map(...args)),
  };
  // The types of the chain exist only for the compiler; the operations themselves handle any item.
  const items = Object.freeze(methods) as unknown as Items<T>;
  chains.set(items, chain);
  return items;
}
