import { MigrateError } from '../errors.js';
import { found } from '../transform/found.js';
import type { KeyAttributeOf, Untyped } from '../transform/shape.js';

declare const before: unique symbol;
declare const after: unique symbol;

/**
 * A table that a migration names. `T` is the type of its items now, `After` that of its items after an in-place
 * migration, if declared. Made by {@link table}.
 */
export interface Table<T, After = unknown> {
  /** As the environments' `tableName` gets it; the name in DynamoDB may be another. */
  readonly name: string;
  readonly partitionKey?: string;
  readonly sortKey?: string;
  /** Only for the compiler. */
  readonly [before]?: (item: T) => T;
  /** Only for the compiler. */
  readonly [after]?: (item: After) => After;
}

/** The key attributes of a table. Declared, a migration that would change one is refused before it runs. */
export interface TableKeys<T> {
  readonly partitionKey: KeyAttributeOf<T>;
  readonly sortKey?: KeyAttributeOf<T>;
}

/**
 * Names a table and the type of its items.
 *
 * @example
 * table<User>('USERS', { partitionKey: 'id' })
 * // the types before and after an in-place migration: `up` has to lead from the one to the other
 * table<UserV1, UserV2>('USERS')
 *
 * @throws MigrateError `MIGRATION_INVALID` if DynamoDB cannot have a table or a key of that name.
 */
export function table<T = Untyped, After = unknown>(name: string, keys?: TableKeys<NoInfer<T>>): Table<T, After> {
  if (typeof name !== 'string' || !tableNamePattern.test(name)) {
    throw new MigrateError('MIGRATION_INVALID', `\`table\` was given ${found(name)} for a table name`, {
      fix: 'a table name has 3 to 255 characters of `a-z`, `A-Z`, `0-9`, `_`, `-` and `.`',
    });
  }
  if (keys === undefined) return Object.freeze({ name });
  assertKeys(name, keys);
  const { partitionKey, sortKey } = keys;
  return Object.freeze(sortKey === undefined ? { name, partitionKey } : { name, partitionKey, sortKey });
}

/** "Supported data types and naming rules", Naming rules. */
const tableNamePattern = /^[a-zA-Z0-9_.-]{3,255}$/;

/** The longest name of a key attribute, from the same page. */
const maxKeyNameBytes = 255;

function assertKeys(name: string, keys: unknown): void {
  if (typeof keys !== 'object' || keys === null) throw invalidKeys(name, `has ${found(keys)} for its keys`);
  const { partitionKey, sortKey, ...unknown } = keys as Record<string, unknown>;
  for (const key of Object.keys(unknown)) throw invalidKeys(name, `has an unknown key \`${key}\``);
  assertKeyName(name, 'partitionKey', partitionKey);
  if (sortKey !== undefined) assertKeyName(name, 'sortKey', sortKey);
  if (partitionKey === sortKey) throw invalidKeys(name, `has \`${partitionKey}\` for both of its keys`);
}

function assertKeyName(name: string, role: string, value: unknown): void {
  if (typeof value === 'string' && value !== '' && value.length <= maxKeyNameBytes) return;
  throw invalidKeys(name, `has ${typeof value === 'string' ? 'an unusable name' : found(value)} for its \`${role}\``);
}

function invalidKeys(name: string, what: string): MigrateError {
  return new MigrateError('MIGRATION_INVALID', `\`table('${name}')\` ${what}`, {
    fix: `name the attributes: \`table('${name}', { partitionKey: 'id', sortKey: 'type' })\`, or leave the keys out`,
  });
}
