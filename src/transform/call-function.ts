import { isMigrateError, MigrateError, messageOf } from '../errors.js';

/**
 * Calls a function of the migration for one item. A transform is synchronous: a run applies it again, to verify
 * and to resume, and has to get the same answer.
 *
 * @param operation What to name in errors: `add channel`.
 * @throws MigrateError `TRANSFORM_FAILED` with the cause if it throws, `TRANSFORM_ASYNC` if it returns a promise.
 */
export function callFunction<R>(operation: string, call: () => R): R {
  let result: R;
  try {
    result = call();
  } catch (error) {
    throw new MigrateError('TRANSFORM_FAILED', `\`${operation}\` threw: ${messageOf(error)}`, {
      cause: error,
      fix: isMigrateError(error) ? error.fix : 'let the function handle every shape that an item of this table has',
    });
  }
  if (!isThenable(result)) return result;
  // Nobody will wait for it; its rejection must not end the process.
  Promise.resolve(result).catch(() => {});
  throw new MigrateError('TRANSFORM_ASYNC', `\`${operation}\` returned a promise`, {
    fix: 'make the function synchronous; what it would fetch belongs into the item, or into the code before the transform',
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
