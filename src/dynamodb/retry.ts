import { setTimeout as delay } from 'node:timers/promises';
import { isTransient } from './aws-errors.js';

/**
 * Waits before attempt `attempt` (1, 2, …): a random time up to 25 ms × 2^attempt, at most 5 s.
 * Full jitter, because writers that lost one race together must not meet again (AWS Architecture Blog,
 * "Exponential Backoff And Jitter").
 */
export async function backoff(attempt: number, { random = Math.random, sleep = delay }: Pauses = {}): Promise<void> {
  await sleep(random() * Math.min(5_000, 25 * 2 ** attempt));
}

/** What a pause is made of; tests give their own. */
export interface Pauses {
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** The SDK retries on its own a few times; a backfill is in no hurry and goes on for longer. */
export async function retryTransient<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (attempt === 3 || !isTransient(error)) throw error;
      await backoff(attempt + 4);
    }
  }
}
