import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Time as the ledger sees it; injected, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970, for people to read. Never used to decide who holds a lease. */
  wall(): number;
  /** Milliseconds since any fixed moment; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. `ref: false` lets the process end meanwhile. */
  sleep(ms: number, options?: SleepOptions): Promise<void>;
}

export interface SleepOptions {
  readonly signal?: AbortSignal | undefined;
  readonly ref?: boolean;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, { signal, ref = true } = {}) => {
    // Any number of those who wait end with one signal; that is no leak.
    if (signal) setMaxListeners(0, signal);
    try {
      await delay(ms, undefined, signal ? { signal, ref } : { ref });
    } catch {
      // Aborted: the caller looks at its signal.
    }
  },
};

/** The clock's wall time in ISO 8601. */
export function isoNow(clock: Clock): string {
  return new Date(clock.wall()).toISOString();
}
