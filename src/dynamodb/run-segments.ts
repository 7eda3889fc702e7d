import { isMigrateError } from '../errors.js';
import { limitInFlight } from './in-flight.js';

/**
 * Eight keep a process busy, with 16 requests each, from another region too. Each holds two pages, so memory follows from
 * this and not from the size of the table; and one that is slow or hot leaves the others to the rest. In a backfill other
 * processes find something to do beside it.
 */
export const segmentsAtOnce = 8;

/**
 * Runs all of `tasks`, a segment each, some at once; when one fails, the others are told to stop after their page, and
 * none begins any more. Settles when all have ended, so that nothing still writes then.
 *
 * @throws the error of the one that failed, rather than those of the ones that were stopped.
 */
export async function runSegments(
  signal: AbortSignal,
  tasks: readonly ((stopped: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const stopped = AbortSignal.any([signal, failed.signal]);
  const limited = limitInFlight(segmentsAtOnce);
  const settled = await Promise.allSettled(
    tasks.map((task) =>
      limited(async () => {
        if (failed.signal.aborted) return;
        try {
          // Stopped from outside, it says so itself.
          await task(stopped);
        } catch (error) {
          failed.abort();
          throw error;
        }
      }),
    ),
  );
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const first = errors.find((error) => !isMigrateError(error, 'INTERRUPTED')) ?? errors[0];
  if (first !== undefined) throw first;
}
