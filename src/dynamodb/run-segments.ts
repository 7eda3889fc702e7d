import { setTimeout as pause } from 'node:timers/promises';
import { isMigrateError } from '../errors.js';
import { countSegmentsAtOnce } from './segments-at-once.js';

const lookMs = 1_000;

/**
 * Runs all of `tasks`, a segment each, some at once; when one fails, the others are told to stop after their page, and
 * none begins any more. Settles when all have ended, so that nothing still writes then.
 *
 * @throws the error of the one that failed, rather than those of the ones that were stopped.
 */
export async function runSegments(
  signal: AbortSignal,
  tasks: readonly ((stopped: AbortSignal) => Promise<void>)[],
  atOnce: () => number = countSegmentsAtOnce(),
): Promise<void> {
  const failed = new AbortController();
  const stopped = AbortSignal.any([signal, failed.signal]);
  const underWay = new Set<Promise<void>>();
  const errors: unknown[] = [];

  async function run(task: (stopped: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await task(stopped);
    } catch (error) {
      errors.push(error);
      failed.abort();
    }
  }

  for (const task of tasks) {
    while (underWay.size >= atOnce()) await Promise.race([...underWay, pause(lookMs, undefined, { ref: false })]);
    if (failed.signal.aborted) break;
    // Stopped from outside, each says so itself.
    const running = run(task).finally(() => underWay.delete(running));
    underWay.add(running);
  }
  await Promise.all(underWay);
  const first = errors.find((error) => !isMigrateError(error, 'INTERRUPTED')) ?? errors[0];
  if (first !== undefined) throw first;
}
