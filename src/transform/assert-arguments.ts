import { MigrateError } from '../errors.js';
import { found } from './found.js';

/** An attribute name is 1 byte to 64 KB ("Supported data types and naming rules"). */
const maxNameBytes = 64 * 1024;

/**
 * Checks an attribute name given to an operation.
 *
 * @throws MigrateError `MIGRATION_INVALID` if it is not a string that DynamoDB takes for a name.
 */
export function assertName(operation: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '' && name.length < maxNameBytes) return;
  const what = typeof name === 'string' && name !== '' ? 'a text of over 64 KB' : found(name);
  throw new MigrateError('MIGRATION_INVALID', `\`${operation}\` was given ${what} for an attribute name`, {
    fix: `name the attribute: \`${operation}('name', …)\``,
  });
}

/** Checks a list of attribute names: not empty, no name twice. */
export function assertNames(operation: string, names: unknown): asserts names is readonly string[] {
  if (!Array.isArray(names) || names.length === 0) {
    throw new MigrateError('MIGRATION_INVALID', `\`${operation}\` was given ${found(names)} for its attributes`, {
      fix: 'give an array with at least one attribute name',
    });
  }
  for (const name of names) assertName(operation, name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new MigrateError('MIGRATION_INVALID', `\`${operation}\` names the attribute \`${twice}\` twice`, {
      fix: 'name each attribute once',
    });
  }
}

/**
 * Checks an options object of an operation: that it is one, and has no key but `known`; a misspelt
 * `onCollision` must not be ignored.
 */
export function assertOptions(operation: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new MigrateError('MIGRATION_INVALID', `\`${operation}\` was given ${found(options)} for its options`, {
      fix: `give an object with ${known.map((key) => `\`${key}\``).join(', ')}`,
    });
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new MigrateError('MIGRATION_INVALID', `\`${operation}\` has no option \`${unknown}\``, {
    fix: `it knows ${known.map((key) => `\`${key}\``).join(', ')}`,
  });
}

/** Refuses an operation from an attribute onto itself. */
export function assertDistinct(operation: string, from: string, to: string): void {
  if (from !== to) return;
  throw new MigrateError('MIGRATION_INVALID', `\`${operation}\` has the attribute \`${from}\` on both sides`, {
    fix: 'name two different attributes, or leave the operation out',
  });
}

/** Refuses a map that would hold, or be replaced by, a member of its own name. */
export function assertOutside(operation: string, names: readonly string[], map: string): void {
  if (!names.includes(map)) return;
  throw new MigrateError('MIGRATION_INVALID', `\`${operation}\` has \`${map}\` both as the map and as a member of it`, {
    fix: 'give the map a name of its own, and `rename` before or after',
  });
}
