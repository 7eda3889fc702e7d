import type { Items } from './items.js';
import type { MoveItems } from './move-items.js';
import type { RenameOptions } from './operations/rename.js';
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
  ValueOf,
  Without,
  WithValue,
  Writable,
} from './shape.js';

/** The kinds of chains. */
export interface Chains<T> {
  readonly inPlace: Items<T>;
  readonly move: MoveItems<T>;
}

/**
 * The operations that migrations in place and moves have in common. A method returns the same kind of chain as that
 * which it is called on.
 */
export interface ItemOperations<T, Kind extends keyof Chains<T>> {
  /**
   * Renames an attribute; an item without it is left alone. An item that has both is an `ATTRIBUTE_COLLISION`, unless
   * `onCollision` says whose value stays. Inverse: the rename back, without `onCollision`.
   */
  rename<K extends AttributeOf<T>, const N extends string>(
    from: K,
    to: NewAttribute<T, N>,
  ): Chains<Renamed<T, K, N>>[Kind];
  rename<K extends AttributeOf<T>, const N extends string, const O extends RenameOptions>(
    from: K,
    to: N,
    options: O,
  ): Chains<RenamedOver<T, K, N, O['onCollision']>>[Kind];

  /** Copies an attribute to a name where there is none. Inverse: removes the copy. */
  copy<K extends AttributeOf<T>, const N extends string>(from: K, to: N): Chains<Copied<T, K, N>>[Kind];

  /**
   * Sets an attribute where there is none, to a value or to what a function of the item returns; `undefined` leaves it
   * out. Inverse: removes it, also where it was there before.
   */
  add<const N extends string, const V>(
    name: N,
    value: (item: Readonly<T>) => V,
  ): Chains<Added<T, N, Writable<V>>>[Kind];
  add<const N extends string, const V>(name: N, value: V): Chains<Added<T, N, Writable<V>>>[Kind];

  /** Sets an attribute whether or not it is there, to a value or to what a function of the item returns. No inverse. */
  set<const N extends string, const V extends Present>(
    name: N,
    value: (item: Readonly<T>) => V,
  ): Chains<WithValue<T, N, Writable<V>>>[Kind];
  set<const N extends string, const V extends Present>(name: N, value: V): Chains<WithValue<T, N, Writable<V>>>[Kind];

  /** Removes an attribute. No inverse. */
  remove<K extends AttributeOf<T>>(name: K): Chains<Without<T, K>>[Kind];

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
  ): Chains<Converted<T, K, V>>[Kind];

  /**
   * Moves attributes into a new map. An item with none of them gets no map; one that has the map as well is an
   * `ATTRIBUTE_COLLISION`. Inverse: `unnest`.
   */
  nest<K extends AttributeOf<T>, const N extends string>(
    names: readonly K[],
    into: NewAttribute<T, N>,
  ): Chains<Nested<T, K, N>>[Kind];

  /**
   * Moves members of a map to the top level; other members stay in it, an empty map is removed. An item that has one of
   * the attributes as well is an `ATTRIBUTE_COLLISION`, a value that is not a map `ITEM_INVALID`. No inverse.
   */
  unnest<K extends MapAttributeOf<T>, M extends MemberOf<ValueOf<T, K>>>(
    from: K,
    names: readonly M[],
  ): Chains<Unnested<T, K, M>>[Kind];

  /**
   * Replaces each item by what a function returns for it; attributes that are not in the result are removed. The item
   * that the function gets is read-only. In place, `needed` has to say which items still need it, and be false for the
   * result: a resumed run meets items that are done. No inverse.
   */
  map<const R extends object>(
    fn: (item: Readonly<T>) => R,
    options?: { readonly needed?: (item: Readonly<T> | Stored<NoInfer<R>>) => boolean },
  ): Chains<Stored<R>>[Kind];
}
