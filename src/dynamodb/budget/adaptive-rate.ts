import type { BudgetClock } from './budget-clock.js';
import { createRecentAnswers } from './recent-answers.js';

/** How fast DynamoDB lets us go, as far as its throttling has told. */
export interface AdaptiveRate {
  /** Units a second; infinite as long as nothing was throttled. */
  readonly rate: number;
  /** Time in which somebody waited for the rate: only that may raise it. */
  used(ms: number): void;
  /** A request was answered, and had so many units. */
  answered(units: number): void;
  /** A request that was sent at `sentAt` was throttled. Answers whether the rate was lowered. */
  throttled(sentAt: number): boolean;
}

/** A step down, as a factor: what is left is used well, and seldom throttled. */
const step = 0.95;
const largestStep = 0.5;
/** No step sooner than that after the one before: what came through since then has to say something. */
const leastStepMs = 300;
/** Throttled requests, of all, that are nothing to go slower for: one in 200. What is asked for more is paid from it. */
const tolerated = 0.005;
const mostAllowed = 3;
/** More than that many at once are one shortage, of which one is owed. */
const leastAllowed = -1;
/** A throttle so long after the one before, or so many answers, is isolated; what comes sooner is a shortage. */
const isolatedMs = 1_500;
const isolatedAnswers = 30;
/** So far back, and no further, until a throttled request can be afforded again. */
const heldAt = 0.985;
/** What so many steps did not end is not of our making, a hot key say: then what comes through is kept, and no less. */
const stepsDown = 8;
/** It may be of our making after all, at the very edge of the capacity: one step more each time that this is over. */
const stepAgainMs = 10_000;
/** Seconds after which the rate is what it was before a step. */
const backAfter = 8;
const growth = (1 - step) / backAfter ** 3;
/** One request of 25 small items a second. */
const leastRate = 25;
/** What comes through in this time while everything is tried is what there is; nothing at all says nothing yet. */
const measureMs = 1_000;
/** Fewer of them say too little. */
const measureUnits = 500;
const shortageUnits = 250;
const measureAtMostMs = 5_000;
/** That was little if our own pauses left some of it. A second, until the next throttle. */
const firstGrowth = 1.07;

/**
 * Multiplicative decrease once a round trip, and increase along the curve of TCP CUBIC (RFC 9438): fast towards the
 * rate at which it was throttled last, slow around it, and faster again beyond it. So it is near the capacity nearly
 * all of the time, asks seldom for more, and yet finds a capacity that was raised within seconds.
 *
 * It goes by the share of requests that are throttled. Every answer earns a small part of one: what was earned pays for
 * isolated throttles without a step down, and asking for more waits until one can be paid. So a small capacity, where
 * one of a few requests is a large share, is asked for more less often. One that is alone among many answers is a hot
 * key's when the rate has been fine until now, or can be paid for; it is told by answers, as a fast table has many of
 * either a second.
 *
 * How much there is, is what comes through while there is too little: at the first throttle of all it is measured for a
 * second, and a step goes down to that.
 */
export function createAdaptiveRate(clock: BudgetClock): AdaptiveRate {
  let mode: 'free' | 'measuring' | 'starting' | 'curve' = 'free';
  const answers = createRecentAnswers();
  let measuredSince = Number.NEGATIVE_INFINITY;
  /** Throttled requests that are paid for. */
  let allowance = 0;
  /** Since the last throttled request that was isolated, and could be paid for. */
  let steps = 0;
  let throttledAt = Number.NEGATIVE_INFINITY;
  let answeredSince = 0;
  let shortSince = Number.NEGATIVE_INFINITY;
  let loweredAt = Number.NEGATIVE_INFINITY;
  /** The rate that is reached again after `backAfter` seconds of use. */
  let ceiling = 0;
  let seconds = 0;

  function current(): number {
    if (mode === 'measuring') endMeasure();
    return mode === 'free' || mode === 'measuring' ? Number.POSITIVE_INFINITY : Math.max(leastRate, ceiling * factor());
  }

  function factor(): number {
    return mode === 'starting' ? step * firstGrowth ** seconds : 1 + growth * (seconds - backAfter) ** 3;
  }

  /** Not where steps end nothing: then it is not the rate that throttles. */
  function isHeld(): boolean {
    if (mode !== 'curve' || steps >= stepsDown || factor() < heldAt) return false;
    return allowance < 1 || clock.monotonic() - throttledAt < isolatedMs;
  }

  /** Of the shortage alone as soon as that says something: what was before it was more. */
  function cameThrough(now: number): number {
    const inShortage = answers.perSecond(now, shortSince);
    const isEnough = (inShortage * (now - shortSince)) / 1_000 >= shortageUnits;
    return isEnough ? inShortage : answers.perSecond(now, Number.NEGATIVE_INFINITY);
  }

  function endMeasure(): void {
    const now = clock.monotonic();
    const forMs = now - measuredSince;
    const there = answers.perSecond(now, measuredSince);
    if (forMs < measureMs || (forMs < measureAtMostMs && (there * forMs) / 1_000 < measureUnits)) return;
    mode = 'starting';
    lowerTo(there);
  }

  function lowerTo(next: number): void {
    ceiling = next;
    seconds = 0;
    loweredAt = clock.monotonic();
  }

  return {
    get rate() {
      return current();
    },
    used(ms) {
      if (!isHeld()) seconds += ms / 1_000;
    },
    answered(units) {
      answers.add(units, clock.monotonic());
      allowance = Math.min(mostAllowed, allowance + tolerated);
      answeredSince += 1;
    },
    throttled(sentAt) {
      const before = current();
      const now = clock.monotonic();
      if (mode === 'measuring') return false;
      if (mode === 'free') {
        mode = 'measuring';
        measuredSince = now;
        return false;
      }
      const isAffordable = allowance >= 1;
      const isIsolated = now - throttledAt > isolatedMs || answeredSince >= isolatedAnswers;
      answeredSince = 0;
      throttledAt = now;
      if (isIsolated) shortSince = now;
      allowance = Math.max(leastAllowed, allowance - 1);
      if (isAffordable && isIsolated) {
        steps = 0;
        return false;
      }
      // Below a rate that was fine until now, one alone is a hot key's.
      if (isIsolated && mode === 'curve' && factor() < heldAt) return false;
      if (sentAt < loweredAt || now - loweredAt < (steps < stepsDown ? leastStepMs : stepAgainMs)) return false;
      mode = 'curve';
      steps += 1;
      const there = isIsolated ? before : cameThrough(now);
      lowerTo(Math.min(before, Math.max(before * largestStep, there)));
      return true;
    },
  };
}
