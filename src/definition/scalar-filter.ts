import { MigrateError, messageOf } from '../errors.js';
import type { AttributeValue } from '../item/attribute-value.js';
import { fromJavaScript } from '../item/from-javascript.js';
import type { NumberValue } from '../item/number.js';
import { found } from '../transform/found.js';
import type { AttributeOf, ValueOf } from '../transform/shape.js';

/** Which items a migration is about: all that have each of these attributes with exactly this value. */
export type ScalarFilter<T> = {
  readonly [K in AttributeOf<T>]?: Extract<ValueOf<T, K>, Scalar> extends never
    ? unknown extends ValueOf<T, K>
      ? Scalar
      : never
    : Extract<ValueOf<T, K>, Scalar>;
};

type Scalar = string | number | bigint | boolean | null | Uint8Array | NumberValue;

/**
 * Reads `where` of a definition.
 *
 * @throws MigrateError `MIGRATION_INVALID` unless it names at least one attribute, and has only values that can be
 * compared with `=`.
 */
export function scalarFilter(where: unknown): Readonly<Record<string, AttributeValue>> | undefined {
  if (where === undefined) return undefined;
  const invalid = (message: string, cause?: unknown) =>
    new MigrateError('MIGRATION_INVALID', `\`where\` ${message}`, {
      fix: "name attributes and the value of each: `where: { type: 'USER' }`; leave it out to migrate every item",
      cause,
    });
  if (typeof where !== 'object' || where === null || Array.isArray(where)) throw invalid(`is ${found(where)}`);
  const entries = Object.entries(where).map(([name, value]) => {
    if (name === '') throw invalid('has an attribute without a name');
    return [name, toScalar(name, value, invalid)] as const;
  });
  if (entries.length === 0) throw invalid('is empty');
  return Object.freeze(Object.fromEntries(entries));
}

function toScalar(name: string, value: unknown, invalid: (message: string, cause?: unknown) => MigrateError) {
  const raw = tryConvert(name, value, invalid);
  const isScalar = 'S' in raw || 'N' in raw || 'BOOL' in raw || 'NULL' in raw || 'B' in raw;
  if (!isScalar) throw invalid(`compares \`${name}\` with ${found(value)}; only single values can be compared`);
  return raw;
}

function tryConvert(name: string, value: unknown, invalid: (message: string, cause?: unknown) => MigrateError) {
  try {
    return fromJavaScript(value, undefined, name);
  } catch (error) {
    throw invalid(`has a value that cannot be stored: ${messageOf(error)}`, error);
  }
}
