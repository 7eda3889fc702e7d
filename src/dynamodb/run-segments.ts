import { isMigrateError } from '../errors.js';

/**
 * Runs all of `tasks`, a segment each, at once; when one fails, the others are told to stop after their page. Settles
 * when all have ended, so that nothing still writes then.
 *
 * @throws the error of the one that failed, rather than those of the ones that were stopped.
 */
export async function runSegments(
  signal: AbortSignal,
  tasks: readonly ((stopped: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const stopped = AbortSignal.any([signal, failed.signal]);
  const settled = await Promise.allSettled(
    tasks.map(async (task) => {
      try {
        await task(stopped);
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const first = errors.find((error) => !isMigrateError(error, 'INTERRUPTED')) ?? errors[0];
  if (first !== undefined) throw first;
}
