import type { AttributeOf, IsOptional } from './shape.js';

/**
 * `unknown` if items of type `Found` are exactly items of type `Wanted`: no attribute more or fewer, optional where it
 * is optional, and with values that fit. Otherwise a type that names the difference, and that nothing is assignable
 * to. Values may be narrower: a `channel: 'EMAIL'` is a `channel: 'EMAIL' | 'SMS'`.
 *
 * Assignability alone would let a left-over attribute pass. Each member of a union has to fit members of `Wanted`.
 * `unknown` and untyped items for `Wanted` are not checked.
 */
export type Exact<Found, Wanted> = unknown extends Wanted
  ? unknown
  : string extends AttributeOf<Wanted>
    ? unknown
    : [Misfit<Found, Wanted>] extends [never]
      ? unknown
      : Misfit<Found, Wanted>;

/** Why a member of `Found` does not fit; `never` if all of them do. */
type Misfit<Found, Wanted> = Found extends unknown
  ? [Found] extends [SameAttributes<Wanted, Found>]
    ? never
    : Difference<Found, Wanted>
  : never;

/** The members of `Wanted` with exactly the attributes of `Found`. */
type SameAttributes<Wanted, Found> = Wanted extends unknown
  ? Same<keyof Wanted, keyof Found> extends true
    ? Same<OptionalOf<Wanted>, OptionalOf<Found>> extends true
      ? Wanted
      : never
    : never
  : never;

type Difference<Found, Wanted> = [Exclude<keyof Found, AttributeOf<Wanted>>] extends [never]
  ? [Exclude<AttributeOf<Wanted>, keyof Found>] extends [never]
    ? { readonly 'the result has other values, or is optional elsewhere, than': Wanted }
    : { readonly 'the result lacks the attribute': Exclude<AttributeOf<Wanted>, keyof Found> }
  : { readonly 'the result still has the attribute': Exclude<keyof Found, AttributeOf<Wanted>> };

type OptionalOf<T> = keyof { [P in keyof T as IsOptional<T, P> extends true ? P : never]: true };

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
