import { createAdaptiveRate } from './adaptive-rate.js';
import type { BudgetClock } from './budget-clock.js';
import { createRecentSum } from './recent-sum.js';
import type { Consumed, ResolvedLimit } from './table-capacity.js';
import { createTokenBucket } from './token-bucket.js';

/** One request, from the moment it asks for its turn. */
export interface MeteredRequest {
  /** The operation: what one of its kind used before tells what this one may use. */
  readonly operation: string;
  /** Units, as far as they can be known before. */
  readonly estimate: number;
  /** Waits for nobody: what it uses, the others have less of. */
  readonly urgent: boolean;
  readonly signal: AbortSignal;
}

/** What came of a request. */
export interface Answer {
  /** `undefined` where the engine does not tell. */
  readonly consumed: Consumed | undefined;
  /** Units by the sizes of what was sent or came back, for an engine that does not tell. */
  readonly bySize: () => number | undefined;
  /** All of it, or some of it, was refused for want of capacity. */
  readonly throttled: boolean;
}

/** How a meter stands, for people. */
export interface MeterState {
  /** Units a second that the budget allows; `undefined` without one. */
  readonly limit: number | undefined;
  /** Units a second that DynamoDB seems to allow, where that is less. */
  readonly adapted: number | undefined;
  /** Units a second, on average over the last two. */
  readonly rate: number;
  /** Requests wait for the budget, or for what DynamoDB allows. */
  readonly slowedBy: 'budget' | 'throttling' | undefined;
  /** Requests that were throttled so far, of how many. */
  readonly throttled: number;
  readonly requests: number;
}

/** The use of one kind of capacity of one table. */
export interface Meter {
  limit(limit: ResolvedLimit | undefined): void;
  readonly perIndex: boolean;
  /** Resolves when the request may be sent. What is answered has to be told how it ended, once. */
  begin(request: MeteredRequest): Promise<(answer: Answer) => void>;
  /** An attempt of a request that began at `sentAt` was throttled, and is repeated by the client itself. */
  throttled(sentAt: number): void;
  pause(): void;
  resume(): void;
  state(): MeterState;
}

/** How much the newest request says about the next one. */
const weight = 0.2;
/** For how long a wait, or a throttle, is worth telling of. */
const toldMs = 5_000;
const worthTellingMs = 20;

export function createMeter(clock: BudgetClock): Meter {
  const adaptive = createAdaptiveRate(clock);
  const spent = createRecentSum(clock.monotonic());
  const ratios = new Map<string, number>();
  let limit: ResolvedLimit | undefined;
  let waitedAt = Number.NEGATIVE_INFINITY;
  let throttledAt = Number.NEGATIVE_INFINITY;
  let requests = 0;
  let throttles = 0;
  let paused = false;
  const bucket = createTokenBucket({
    clock,
    rate: () => Math.min(limit?.rate ?? Number.POSITIVE_INFINITY, adaptive.rate),
    onUsed: (ms) => {
      // A budget that is lower than what DynamoDB allows says nothing about the latter.
      if (adaptive.rate < (limit?.rate ?? Number.POSITIVE_INFINITY)) adaptive.used(ms);
    },
  });

  const throttle = (sentAt: number) => {
    const now = clock.monotonic();
    throttles += 1;
    throttledAt = now;
    if (adaptive.throttled(sentAt)) bucket.wake();
  };

  return {
    limit(next) {
      limit = next;
      bucket.wake();
    },
    get perIndex() {
      return limit?.perIndex ?? false;
    },
    async begin({ operation, estimate, urgent, signal }) {
      const expected = estimate * (ratios.get(operation) ?? 1);
      const askedAt = clock.monotonic();
      if (!urgent) await bucket.take(expected, signal);
      const sentAt = clock.monotonic();
      if (!paused && sentAt - askedAt >= worthTellingMs) waitedAt = sentAt;
      requests += 1;
      return ({ consumed, bySize, throttled }) => {
        const measured = consumed ? (limit?.costOf(consumed) ?? consumed.total) : bySize();
        const actual = measured ?? (throttled ? 0 : expected);
        if (urgent) bucket.owe(actual);
        // What was refused is not given back: it would be tried again at once, and refused again.
        else bucket.charge(throttled ? Math.max(0, actual - expected) : actual - expected);
        spent.add(actual, clock.monotonic());
        adaptive.answered(actual);
        if (throttled) throttle(sentAt);
        // What was refused says nothing about what it would have cost.
        else if (estimate > 0 && actual > 0) {
          const before = ratios.get(operation) ?? actual / estimate;
          ratios.set(operation, before + weight * (actual / estimate - before));
        }
      };
    },
    throttled: throttle,
    pause() {
      paused = true;
      bucket.close();
    },
    resume() {
      paused = false;
      bucket.open();
    },
    state() {
      const now = clock.monotonic();
      const isAdapted = adaptive.rate < (limit?.rate ?? Number.POSITIVE_INFINITY);
      const waits = bucket.waiting > 0 || now - waitedAt < toldMs;
      const isThrottled = isAdapted && (waits || now - throttledAt < toldMs);
      return {
        limit: limit?.rate,
        adapted: isAdapted ? adaptive.rate : undefined,
        rate: spent.perSecond(now),
        slowedBy: isThrottled || now - throttledAt < toldMs ? 'throttling' : waits && limit ? 'budget' : undefined,
        throttled: throttles,
        requests,
      };
    },
  };
}
