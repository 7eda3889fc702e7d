import type { ItemOperations } from './item-operations.js';
import type { Kept, Stored } from './shape.js';
import type { TargetKeyOptions } from './target-key.js';

/** The items of a move at the end of their chain: nothing comes after `rekey` and `split`. */
export interface MovedItems<T> {
  /** Only for the compiler. */
  readonly '~type'?: TypeMark<T>;
}

/**
 * What `Items` has in its `~type`, with a name: `defineMigration` infers the type of the result of `MoveItems` too,
 * for which the compiler wants to find the very same interface in both.
 */
interface TypeMark<T> {
  readonly '~same'?: { readonly [P in keyof T]-?: (item: T) => T };
}

/**
 * The items of a table on their way into another one, as a chain of operations: those of a migration in place, and
 * `filter`, `rekey` and `split`. The items of the source stay as they are.
 */
export interface MoveItems<T> extends MovedItems<T>, ItemOperations<T, 'move'> {
  /** Keeps the items for which a function is true; the others get no target item. A type guard narrows the type. */
  filter<S extends Readonly<T>>(keep: (item: Readonly<T>) => item is S): MoveItems<Kept<S>>;
  filter(keep: (item: Readonly<T>) => boolean): MoveItems<T>;

  /**
   * Makes other attributes the key of the target, as the last operation. Every item must have them, and must keep the
   * key of its source item: under the same names, or where `source` says.
   */
  rekey(key: TargetKeyOptions<T>): MovedItems<T>;

  /**
   * Makes several items of each, or none, as the last operation. Every item must have the key, and must keep the key of
   * its source item: under the same names, or where `source` says.
   */
  split<const R extends object>(
    fn: (item: Readonly<T>) => readonly R[],
    key: TargetKeyOptions<Stored<NoInfer<R>>>,
  ): MovedItems<Stored<R>>;
}
