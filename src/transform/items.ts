import { MigrateError } from '../errors.js';
import type { ItemOperations } from './item-operations.js';
import type { MovedItems, MoveItems } from './move-items.js';
import type { Operation } from './operation.js';
import { add } from './operations/add.js';
import { convert } from './operations/convert.js';
import { copy } from './operations/copy.js';
import { filter } from './operations/filter.js';
import { map } from './operations/map.js';
import { nest } from './operations/nest.js';
import { rekey } from './operations/rekey.js';
import { remove } from './operations/remove.js';
import { type RenameOptions, rename } from './operations/rename.js';
import { set } from './operations/set.js';
import { split } from './operations/split.js';
import { unnest } from './operations/unnest.js';
import type { Untyped } from './shape.js';
import type { Transform } from './transform.js';

/**
 * The items of a table on their way through a migration in place, as a chain of operations. Each method returns a new
 * chain whose type is that of the items after it; nothing happens until the migration runs.
 *
 * Functions in a chain are pure and synchronous, and see plain JavaScript values. A number that a double cannot hold
 * exactly arrives as a `NumberValue`, whatever `T` says.
 */
export interface Items<T> extends ItemOperations<T, 'inPlace'> {
  /**
   * Only for the compiler: `Items` of two types are compatible only if the types are identical, with the same optional
   * attributes. `-?` is what makes the compiler compare so, rather than by assignability in both directions;
   * it has to be the first member, and with a symbol for a name it would not be.
   */
  readonly '~type'?: { readonly [P in keyof T]-?: (item: T) => T };
}

interface Chain {
  readonly operations: readonly Operation[];
  /** Every operation added to this chain or to one that it shares a beginning with. */
  readonly all: Set<Operation>;
}

const chains = new WeakMap<object, Chain>();

/** An empty chain of a migration in place. */
export function createItems<T = Untyped>(): Items<T> {
  return toItems<T>({ operations: [], all: new Set() });
}

/** An empty chain of a move. The two differ for the compiler only: what has no place in place, a definition refuses. */
export function createMoveItems<T = Untyped>(): MoveItems<T> {
  return toItems<T>({ operations: [], all: new Set() });
}

/** Whether a value is a chain, made by this copy of the package. */
export function isItems(value: unknown): value is Items<unknown> {
  return typeof value === 'object' && value !== null && chains.has(value);
}

/** What a chain says to do. */
export function operationsOf<T>(items: Items<T> | MovedItems<T>): Transform {
  return { operations: chainOf(items).operations };
}

/**
 * Operations that were called but are not in this chain: a chain does not change, so in
 * `items.rename('a', 'b'); return items.add('c', 1);` the `rename` is lost.
 */
export function lostOperations<T>(items: Items<T> | MovedItems<T>): readonly Operation[] {
  const { operations, all } = chainOf(items);
  return [...all].filter((operation) => !operations.includes(operation));
}

function chainOf(items: object): Chain {
  const chain = chains.get(items);
  if (chain === undefined) throw new MigrateError('INTERNAL', 'a value that is not a chain was taken for one');
  return chain;
}

function toItems<T>(chain: Chain): Items<T> & MoveItems<T> {
  const append = (operation: Operation): object => {
    assertNotFinished(chain, operation);
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
    filter: (keep: (item: never) => unknown) => append(filter(keep)),
    rekey: (key: unknown) => append(rekey(key)),
    split: (fn: (item: never) => unknown, key: unknown) => append(split(fn, key)),
  };
  // The types of the chain exist only for the compiler; the operations themselves handle any item.
  const items = Object.freeze(methods) as unknown as Items<T> & MoveItems<T>;
  chains.set(items, chain);
  return items;
}

function assertNotFinished({ operations }: Chain, next: Operation): void {
  const last = operations.at(-1);
  if (last?.targetKey === undefined) return;
  throw new MigrateError('MIGRATION_INVALID', `\`${next.description}\` comes after \`${last.description}\``, {
    fix: `let \`${last.kind}\` be the last operation: it says what key the finished items have`,
  });
}
