import type { NumberValue } from '../item/number.js';

/**
 * The types of the chain: what an operation makes of an item's type. All of them work member by member on a union of
 * entity types, keep what is optional optional, and leave untyped items untyped.
 */

/** An item's type for those who declare none: any attribute, nothing checked. */
export type Untyped = Record<string, unknown>;

/** What an attribute can be set to: anything but `undefined`. */
export type Present = string | number | bigint | boolean | object | null;

/** The attributes of an item type; of a union, those of every member. */
export type AttributeOf<T> = T extends unknown ? keyof T & string : never;

/** The value of an attribute where it is present. */
export type ValueOf<T, K> = T extends unknown ? (K extends keyof T ? Exclude<T[K], undefined> : never) : never;

/** The attributes of an item type that can be a key: in every item, with a string, a number or bytes. */
export type KeyAttributeOf<T> = {
  [K in keyof T & string]-?: unknown extends T[K]
    ? K
    : T[K] extends string | number | bigint | Uint8Array | NumberValue
      ? K
      : never;
}[keyof T & string];

/** The types that a key attribute with this value may have. */
export type KeyTypeOf<V> = unknown extends V
  ? 'S' | 'N' | 'B'
  : V extends string
    ? 'S'
    : V extends Uint8Array
      ? 'B'
      : 'N';

/** A name that no item has yet; anything for untyped items. */
export type NewAttribute<T, N extends string> =
  string extends AttributeOf<T> ? N : N extends AttributeOf<T> ? AttributeExists<N> : N;

/** Shown by the compiler where a new attribute has the name of one that is there already. */
export interface AttributeExists<N extends string> {
  readonly 'the items already have this attribute': N;
}

/** `K` renamed to `N`, optional if it was. */
export type Renamed<T, K, N extends string> = T extends unknown
  ? string extends keyof T
    ? T
    : { [P in keyof T as P extends K ? N : P]: T[P] }
  : never;

/** `K` renamed to `N` where both may be there. The winner's type, with the other's where the winner may be absent. */
export type RenamedOver<T, K, N extends string, Rule> = T extends unknown
  ? string extends keyof T
    ? T
    : K extends keyof T
      ? Flat<Without<T, K | N> & (Rule extends 'overwrite' ? OrElse<T, K, N, N> : OrElse<T, N, K, N>)>
      : T
  : never;

/** `N` as a copy of `K` where there was none. */
export type Copied<T, K, N extends string> = T extends unknown
  ? string extends keyof T
    ? T
    : K extends keyof T
      ? Flat<Without<T, N> & OrElse<T, N, K, N>>
      : T
  : never;

/** `N` set to a `V` where there was none; still optional if the value may be `undefined`. */
export type Added<T, N extends string, V> = T extends unknown
  ? string extends keyof T
    ? T
    : Flat<
        Without<T, N> &
          (N extends keyof T
            ? undefined extends V
              ? IsOptional<T, N> extends true
                ? { [P in N]?: ValueOf<T, N> | Exclude<V, undefined> }
                : { [P in N]: T[N] }
              : { [P in N]: ValueOf<T, N> | (IsOptional<T, N> extends true ? V : never) }
            : undefined extends V
              ? { [P in N]?: Exclude<V, undefined> }
              : { [P in N]: V })
      >
  : never;

/** `N` is a `V`, whatever it was. */
export type WithValue<T, N extends string, V> = T extends unknown
  ? string extends keyof T
    ? T
    : Flat<Without<T, N> & { [P in N]: V }>
  : never;

/** `K` is a `V` where it is present. */
export type Converted<T, K, V> = T extends unknown
  ? string extends keyof T
    ? T
    : { [P in keyof T]: P extends K ? V : T[P] }
  : never;

/** Without the attributes `K`. */
export type Without<T, K> = T extends unknown
  ? string extends keyof T
    ? T
    : { [P in keyof T as P extends K ? never : P]: T[P] }
  : never;

/** The attributes `K` moved into a map `N`, which is there if one of them has to be. */
export type Nested<T, K, N extends string> = T extends unknown
  ? string extends keyof T
    ? T
    : [keyof T & K] extends [never]
      ? T
      : Flat<
          Without<T, K> &
            (Partial<Only<T, K>> extends Only<T, K> ? { [P in N]?: Only<T, K> } : { [P in N]: Only<T, K> })
        >
  : never;

/** The members `M` of the map `K` moved to the top level. The map stays with what is left in it. */
export type Unnested<T, K, M> = T extends unknown
  ? string extends keyof T
    ? T
    : K extends keyof T
      ? Flat<
          Without<T, K> &
            (IsOptional<T, K> extends true ? Partial<Only<ValueOf<T, K>, M>> : Only<ValueOf<T, K>, M>) &
            Rest<T, K, Without<ValueOf<T, K>, M>>
        >
      : T
  : never;

/** The items that a type guard left over. */
export type Kept<S> = S extends unknown ? { -readonly [P in keyof S]: S[P] } : never;

/** What a function returned, as it is stored: a member that may be `undefined` is optional, arrays are arrays. */
export type Stored<R> = R extends unknown
  ? Flat<
      {
        -readonly [P in keyof R as undefined extends R[P] ? never : P]: Writable<R[P]>;
      } & {
        -readonly [P in keyof R as undefined extends R[P]
          ? [R[P]] extends [undefined]
            ? never
            : P
          : never]?: Writable<Exclude<R[P], undefined>>;
      }
    >
  : never;

/** Takes back the `readonly` that inferring a literal type gives to arrays and members. */
export type Writable<V> = V extends readonly [infer First, ...infer Others]
  ? [Writable<First>, ...Writable<Others>]
  : V extends readonly []
    ? []
    : V extends readonly (infer Element)[]
      ? Writable<Element>[]
      : V extends Uint8Array | ReadonlySet<unknown> | ((...args: never[]) => unknown)
        ? V
        : V extends object
          ? { -readonly [P in keyof V]: Writable<V[P]> }
          : V;

/** The maps among the attributes of an item type. */
export type MapAttributeOf<T> = {
  [K in AttributeOf<T>]: unknown extends ValueOf<T, K> ? K : IfMap<ValueOf<T, K>, K>;
}[AttributeOf<T>];

/** The members of a map; any where its type is not known. */
export type MemberOf<V> = unknown extends V ? string : AttributeOf<V>;

type IfMap<V, K> = V extends readonly unknown[] | Uint8Array | ReadonlySet<unknown>
  ? never
  : V extends object
    ? K
    : never;

/** Whether an attribute may be absent. */
export type IsOptional<T, K extends keyof T> = undefined extends T[K]
  ? true
  : Partial<Pick<T, K>> extends Pick<T, K>
    ? true
    : false;

/** Shows a type as one object in hovers and errors. */
export type Flat<T> = T extends infer O ? { [P in keyof O]: O[P] } : never;

type Only<T, K> = { [P in keyof T as P extends K ? P : never]: T[P] };

/** `Name` with the value of `First`, or of `Second` where `First` may be absent. */
type OrElse<T, First, Second, Name extends string> = First extends keyof T
  ? IsOptional<T, First> extends true
    ? Second extends keyof T
      ? IsOptional<T, Second> extends true
        ? { [P in Name]?: ValueOf<T, First> | ValueOf<T, Second> }
        : { [P in Name]: ValueOf<T, First> | ValueOf<T, Second> }
      : { [P in Name]?: ValueOf<T, First> }
    : { [P in Name]: T[First] }
  : Second extends keyof T
    ? IsOptional<T, Second> extends true
      ? { [P in Name]?: ValueOf<T, Second> }
      : { [P in Name]: T[Second] }
    : unknown;

/** What is left of a map. An emptied map is removed, so it may be absent unless a member has to stay. */
type Rest<T, K extends keyof T, Left> = [keyof Left] extends [never]
  ? unknown
  : IsOptional<T, K> extends true
    ? { [P in K]?: Left }
    : Partial<Left> extends Left
      ? { [P in K]?: Left }
      : { [P in K]: Left };
