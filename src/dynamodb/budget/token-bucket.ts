import type { BudgetClock } from './budget-clock.js';

/** Units that come in at a rate, for those who wait in turn. It may be overdrawn; then the next ones wait for longer. */
export interface TokenBucket {
  /** Resolves when it is this one's turn and there is enough. Rejects with what `signal` gives as its reason. */
  take(cost: number, signal: AbortSignal): Promise<void>;
  /** Takes at once, whatever is there; a negative number gives back. */
  charge(units: number): void;
  /** Somebody who does not wait has used that: the others get so much less from now on, but never nothing. */
  owe(units: number): void;
  /** Nobody gets anything until it is opened again. */
  close(): void;
  open(): void;
  /** Something changed: the rate, say. */
  wake(): void;
  /** How many wait. */
  readonly waiting: number;
}

export interface TokenBucketOptions {
  readonly clock: BudgetClock;
  /** Units a second at this moment. */
  readonly rate: () => number;
  /** Told of time in which somebody waited: then the rate was made use of. */
  readonly onUsed?: (ms: number) => void;
}

interface Waiter {
  readonly cost: number;
  readonly start: () => void;
}

/** What is not used is kept for this long and no longer: a pause is not made up for by a burst. */
const keptMs = 250;
/** What those who do not wait leave to the others at least: work that stands still is never done. */
const leftToOthers = 0.1;
/** What is owed is forgotten beyond what comes in in this time: the others must not pay for what was long ago. */
const owedAtMostMs = 2_000;

export function createTokenBucket({ clock, rate, onUsed }: TokenBucketOptions): TokenBucket {
  const queue = new Set<Waiter>();
  // The first request need not wait.
  let level = 1;
  let owed = 0;
  let at = clock.monotonic();
  let closed = false;
  let serving = false;
  let sleeper: AbortController | undefined;

  function refill(): void {
    const now = clock.monotonic();
    if (queue.size > 0 && !closed) onUsed?.(now - at);
    const perSecond = rate();
    if (perSecond === Number.POSITIVE_INFINITY) {
      level = 0;
      owed = 0;
    } else {
      const income = (perSecond * (now - at)) / 1_000;
      const repaid = Math.min(owed, income * (1 - leftToOthers));
      owed = Math.min(owed - repaid, (perSecond * owedAtMostMs) / 1_000);
      const most = Math.max(1, (perSecond * keptMs) / 1_000);
      if (level < most) level = Math.min(most, level + income - repaid);
    }
    at = now;
  }

  function msUntil(cost: number): number {
    const perSecond = rate();
    if (perSecond === Number.POSITIVE_INFINITY) return 0;
    const missing = Math.min(cost, Math.max(1, (perSecond * keptMs) / 1_000)) - level;
    if (missing <= 1e-9) return 0;
    return (Math.min(missing + owed, missing / leftToOthers) / perSecond) * 1_000;
  }

  async function serve(): Promise<void> {
    if (serving) return;
    serving = true;
    try {
      for (;;) {
        const [next] = queue;
        if (!next) return;
        refill();
        const waitMs = closed ? Number.POSITIVE_INFINITY : msUntil(next.cost);
        if (waitMs <= 0) {
          queue.delete(next);
          level -= next.cost;
          next.start();
          continue;
        }
        sleeper = new AbortController();
        // The rate changes under whoever waits for long. A closed bucket is woken.
        await clock.sleep(Math.min(waitMs, closed ? 60_000 : 1_000), { signal: sleeper.signal });
        sleeper = undefined;
      }
    } finally {
      serving = false;
    }
  }

  const wake = () => sleeper?.abort();
  return {
    async take(cost, signal) {
      refill();
      if (!closed && queue.size === 0 && msUntil(cost) <= 0) {
        level -= cost;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        const stop = () => {
          queue.delete(waiter);
          wake();
          reject(signal.reason);
        };
        const waiter: Waiter = {
          cost,
          start() {
            signal.removeEventListener('abort', stop);
            resolve();
          },
        };
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        queue.add(waiter);
        void serve();
      });
    },
    charge(units) {
      refill();
      level -= units;
      if (units < 0) wake();
    },
    owe(units) {
      refill();
      owed += units;
    },
    close() {
      closed = true;
      wake();
    },
    open() {
      closed = false;
      wake();
    },
    wake,
    get waiting() {
      return queue.size;
    },
  };
}
