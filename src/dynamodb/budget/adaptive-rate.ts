import type { BudgetClock } from './budget-clock.js';

/** How fast DynamoDB lets us go, as far as its throttling has told. */
export interface AdaptiveRate {
  /** Units a second; infinite as long as nothing was throttled. */
  readonly rate: number;
  /** Time in which somebody waited for the rate: only that may raise it. */
  used(ms: number): void;
  /** Units that were had. */
  spent(units: number): void;
  /** A request that was sent at `sentAt` was throttled. Answers whether the rate was lowered. */
  throttled(sentAt: number): boolean;
}

/** A step down, as a factor: what is left is used well, and seldom throttled. */
const step = 0.95;
const largestStep = 0.5;
/** No step sooner than that after the one before: what came through since then has to say something. */
const leastStepMs = 300;
/** What so many steps did not end is not of our making, a hot key say: then what comes through is kept, and no less. */
const stepsDown = 8;
/** After that time without a throttle the next one is not the same shortage any more. */
const againMs = 1_500;
/** Seconds after which the rate is what it was before a step. */
const backAfter = 8;
const growth = (1 - step) / backAfter ** 3;
/** One request of 25 small items a second. */
const leastRate = 25;
/** What comes through in this time while everything is tried is what there is; nothing at all says nothing yet. */
const measureMs = 1_000;
const measureAtMostMs = 5_000;
/** That was little if our own pauses left some of it. A second, until the next throttle. */
const firstGrowth = 1.07;

/**
 * Multiplicative decrease once a round trip, and increase along the curve of TCP CUBIC (RFC 9438): fast towards the
 * rate at which it was throttled last, slow around it, and faster again beyond it. So it is near the capacity nearly
 * all of the time, asks seldom for more, and yet finds a capacity that was raised within seconds.
 *
 * How much there is, is what comes through while there is too little: at the first throttle of all it is measured for a
 * second, and a shortage that a step down does not end is answered by a step to that.
 */
export function createAdaptiveRate(clock: BudgetClock): AdaptiveRate {
  let mode: 'free' | 'measuring' | 'starting' | 'curve' = 'free';
  /** When the shortage began, and what came through since. */
  let shortSince = Number.NEGATIVE_INFINITY;
  let cameThrough = 0;
  let steps = 0;
  let throttledAt = Number.NEGATIVE_INFINITY;
  let loweredAt = Number.NEGATIVE_INFINITY;
  /** The rate that is reached again after `backAfter` seconds of use. */
  let ceiling = 0;
  let seconds = 0;
  let plateau: number = backAfter;

  function current(): number {
    if (mode === 'measuring') endMeasure();
    if (mode === 'free' || mode === 'measuring') return Number.POSITIVE_INFINITY;
    const factor = mode === 'starting' ? step * firstGrowth ** seconds : 1 + growth * (seconds - plateau) ** 3;
    return Math.max(leastRate, ceiling * factor);
  }

  function endMeasure(): void {
    const forMs = clock.monotonic() - shortSince;
    if (forMs < measureMs || (cameThrough === 0 && forMs < measureAtMostMs)) return;
    mode = 'starting';
    lowerTo(cameThrough / (forMs / 1_000), step);
  }

  function lowerTo(next: number, factor: number): void {
    ceiling = next;
    plateau = Math.cbrt((1 - factor) / growth);
    seconds = 0;
    loweredAt = clock.monotonic();
  }

  return {
    get rate() {
      return current();
    },
    used(ms) {
      seconds += ms / 1_000;
    },
    spent(units) {
      cameThrough += units;
    },
    throttled(sentAt) {
      const before = current();
      const now = clock.monotonic();
      const isNew = now - throttledAt > againMs;
      throttledAt = now;
      if (mode === 'measuring') return false;
      if (isNew || mode === 'free') {
        shortSince = now;
        cameThrough = 0;
        steps = 0;
      }
      if (mode === 'free') {
        mode = 'measuring';
        return false;
      }
      if (isNew) {
        mode = 'curve';
        lowerTo(before, step);
        return true;
      }
      if (sentAt < loweredAt || now - loweredAt < leastStepMs) return false;
      mode = 'curve';
      const there = cameThrough / ((now - shortSince) / 1_000);
      steps += 1;
      lowerTo(Math.min(before, Math.max(before * largestStep, there)), steps <= stepsDown ? step : 1);
      return true;
    },
  };
}
