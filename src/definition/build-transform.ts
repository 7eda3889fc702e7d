import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import { found } from '../transform/found.js';
import { createItems, isItems, lostOperations, operationsOf } from '../transform/items.js';
import type { Transform } from '../transform/transform.js';

/**
 * Runs `up` or `down` of a definition once, on an empty chain, to learn its operations.
 *
 * @param options `mayBeEmpty`: a chain without operations is one as well. A move then copies the items as they are.
 * @throws MigrateError `MIGRATION_INVALID` unless it returns a chain with all operations that it called.
 */
export function buildTransform(
  key: 'up' | 'down',
  build: unknown,
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): Transform {
  const fix = `write \`${key}: (items) => items.rename('old', 'new')\``;
  const invalid = (message: string, way = fix, cause?: unknown) =>
    new MigrateError('MIGRATION_INVALID', `\`${key}\` ${message}`, { fix: way, cause });
  if (!isFunction(build)) throw invalid(`is ${found(build)}, not a function`);

  const result = callBuild(build, (error) => invalid(`threw: ${messageOf(error)}`, undefined, error));
  if (found(result) === 'a promise') {
    Promise.resolve(result).catch(() => {});
    throw invalid('returned a promise', 'make it a plain function: it only says what to do, and is not awaited');
  }
  if (!isItems(result)) throw invalid(`returned ${found(result)} instead of its chain`, `return the chain: ${fix}`);

  const lost = lostOperations(result)[0];
  if (lost !== undefined) {
    throw invalid(
      `calls \`${lost.description}\` outside of the chain that it returns`,
      'a chain never changes, each method returns a new one: write `items.rename(…).add(…)`, or `items = items.rename(…)`',
    );
  }
  const transform = operationsOf(result);
  if (transform.operations.length === 0 && !mayBeEmpty) {
    throw invalid('has no operations, so the migration would do nothing');
  }
  return transform;
}

function callBuild(build: (...args: never[]) => unknown, wrap: (error: unknown) => MigrateError): unknown {
  try {
    return build(createItems() as never);
  } catch (error) {
    // Refused by an operation, which has said what is wrong and how to put it right.
    throw isMigrateError(error) ? error : wrap(error);
  }
}

function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function';
}
