import { MigrateError } from '../errors.js';
import { attributeOf } from '../item/attribute.js';
import type { AnyItem } from '../item/attribute-value.js';
import { assertName, assertOptions } from './assert-arguments.js';
import { found } from './found.js';
import type { AttributeOf, KeyAttributeOf, KeyTypeOf } from './shape.js';

/** The key of the target of a move, where it is not the key of the source. */
export interface TargetKey {
  readonly partitionKey: KeyField;
  readonly sortKey?: KeyField;
  /**
   * Key attribute of the source → attribute that keeps its value in every target item. Where a key attribute is not
   * named, the attribute has the same name.
   */
  readonly source: Readonly<Record<string, string>>;
}

/** A key attribute and its type: string, number or binary. */
export interface KeyField {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

/** {@link TargetKey} as a migration writes it, for items of type `T`. */
export interface TargetKeyOptions<T> {
  readonly partitionKey: KeyFieldOf<T>;
  readonly sortKey?: KeyFieldOf<T>;
  /** Where the source's key lives on, if not under its own name: `{ id: 'userId' }`. */
  readonly source?: Readonly<Record<string, IsOpen<T> extends true ? string : AttributeOf<T>>>;
}

/** The attributes of an item type that can be a key, each with the type that it has. */
export type KeyFieldOf<T> =
  IsOpen<T> extends true
    ? KeyField
    : { [K in KeyAttributeOf<T>]: { readonly name: K; readonly type: KeyTypeOf<T[K]> } }[KeyAttributeOf<T>];

/**
 * Whether a type says nothing about attributes. While the compiler infers what the function of a `split` returns, it
 * first tries the other arguments with `object`, which must not rule them out.
 */
type IsOpen<T> = [keyof T] extends [never] ? true : false;

/**
 * Reads the key that `rekey` or `split` was given.
 *
 * @throws MigrateError `MIGRATION_INVALID`.
 */
export function targetKey(operation: string, options: unknown): TargetKey {
  assertOptions(operation, options, ['partitionKey', 'sortKey', 'source']);
  const given = options as { partitionKey?: unknown; sortKey?: unknown; source?: unknown };
  const partitionKey = keyField(operation, 'partitionKey', given.partitionKey);
  const sortKey = given.sortKey === undefined ? undefined : keyField(operation, 'sortKey', given.sortKey);
  if (partitionKey.name === sortKey?.name) {
    throw invalid(`\`${operation}\` has \`${sortKey.name}\` for both of its keys`);
  }
  const source = sourceNames(operation, given.source);
  return Object.freeze(sortKey === undefined ? { partitionKey, source } : { partitionKey, sortKey, source });
}

/** The names of the key's attributes, for descriptions: `userId + at`. */
export function describeTargetKey({ partitionKey, sortKey }: TargetKey): string {
  return sortKey === undefined ? partitionKey.name : `${partitionKey.name} + ${sortKey.name}`;
}

/**
 * Checks that an item has the key.
 *
 * @throws MigrateError `ITEM_INVALID` if a key attribute is missing, of another type, or empty.
 */
export function assertTargetKey(operation: string, { partitionKey, sortKey }: TargetKey, item: AnyItem): void {
  for (const key of sortKey === undefined ? [partitionKey] : [partitionKey, sortKey]) {
    const problem = keyProblem(key, item);
    if (problem === undefined) continue;
    throw new MigrateError('ITEM_INVALID', `\`${operation}\`: the key attribute \`${key.name}\` ${problem}`, {
      fix: `give every item a \`${key.name}\` of type ${key.type} that is not empty, or leave the item out with \`filter\` before`,
    });
  }
}

function keyProblem({ name, type }: KeyField, item: AnyItem): string | undefined {
  const value = attributeOf(item, name);
  if (value === undefined) return 'is missing';
  if (!(type in value)) return `is of type ${Object.keys(value)[0]}, not ${type}`;
  // DynamoDB takes empty values in all attributes but keys.
  const empty = ('S' in value && value.S === '') || ('B' in value && value.B.byteLength === 0);
  return empty ? 'is empty' : undefined;
}

function keyField(operation: string, role: string, value: unknown): KeyField {
  if (typeof value !== 'object' || value === null) {
    throw invalid(`\`${operation}\` was given ${found(value)} for \`${role}\``);
  }
  assertOptions(operation, value, ['name', 'type']);
  const { name, type } = value as { name?: unknown; type?: unknown };
  assertName(operation, name);
  if (type !== 'S' && type !== 'N' && type !== 'B') {
    throw invalid(`\`${operation}\` was given ${found(type)} for the type of \`${name}\``);
  }
  return Object.freeze({ name, type });
}

function sourceNames(operation: string, source: unknown): Readonly<Record<string, string>> {
  if (source === undefined) return Object.freeze({});
  if (typeof source !== 'object' || source === null || Array.isArray(source)) {
    throw invalid(`\`${operation}\` was given ${found(source)} for \`source\``);
  }
  const entries = Object.entries(source);
  for (const [name, kept] of entries) {
    assertName(operation, name);
    assertName(operation, kept);
  }
  const names = entries.map(([, kept]) => kept);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`\`${operation}\` keeps two keys of the source in \`${twice}\``);
  return Object.freeze(Object.fromEntries(entries));
}

function invalid(message: string): MigrateError {
  return new MigrateError('MIGRATION_INVALID', message, {
    fix: "say which attributes are the key, and where the source's key stays: `{ partitionKey: { name: 'email', type: 'S' }, source: { id: 'userId' } }`",
  });
}
