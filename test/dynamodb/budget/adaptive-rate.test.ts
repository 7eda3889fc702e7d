import { describe, expect, test } from 'vitest';
import { createAdaptiveRate } from '../../../src/dynamodb/budget/adaptive-rate.js';
import { FakeClock } from '../../ledger/fake-clock.js';

const settle = async () => {};

/** 40 requests of 25 units a second, once it is known that there are 1,000 units. */
async function settled() {
  const clock = new FakeClock();
  const adaptive = createAdaptiveRate(clock);
  const go = async (requests: number) => {
    for (let request = 0; request < requests; request++) {
      await clock.advance(25, settle);
      adaptive.answered(25);
      adaptive.used(25);
    }
  };
  const throttled = () => adaptive.throttled(clock.monotonic());
  throttled();
  await go(80);
  throttled();
  await go(40);
  return { adaptive, clock, go, throttled };
}

describe('the rate that follows throttling', () => {
  test('is not lowered for single throttled requests that are one in 200 or fewer', async () => {
    const { adaptive, go, throttled } = await settled();
    await go(600);
    const before = adaptive.rate;
    for (let minute = 0; minute < 10; minute++) {
      expect(throttled()).toBe(false);
      await go(210);
    }
    expect(adaptive.rate).toBeGreaterThanOrEqual(before);
  });

  test('is lowered at once for two of them, one after the other', async () => {
    const { adaptive, go, throttled } = await settled();
    await go(600);
    const before = adaptive.rate;
    expect(throttled()).toBe(false);
    await go(5);
    expect(throttled()).toBe(true);
    expect(adaptive.rate).toBeLessThan(0.97 * before);
  });

  test('is lowered for single ones that are more than can be afforded', async () => {
    const { go, throttled } = await settled();
    await go(600);
    const lowered: boolean[] = [];
    for (let time = 0; time < 6; time++) {
      lowered.push(throttled());
      await go(70);
    }
    expect(lowered.slice(0, 3)).toEqual([false, false, false]);
    expect(lowered).toContain(true);
  });

  test('is not lowered for single ones at a rate below what was fine', async () => {
    const { adaptive, go, throttled } = await settled();
    await go(600);
    throttled();
    await go(5);
    expect(throttled()).toBe(true);
    const before = adaptive.rate;
    for (let time = 0; time < 3; time++) {
      await go(35);
      expect(throttled()).toBe(false);
    }
    expect(adaptive.rate).toBeGreaterThanOrEqual(before);
  });

  test('is not lowered for two of them with many answers in between, however soon', async () => {
    const { adaptive, clock, go, throttled } = await settled();
    await go(600);
    for (let answer = 0; answer < 600; answer++) adaptive.answered(25);
    expect(throttled()).toBe(false);
    for (let answer = 0; answer < 40; answer++) adaptive.answered(25);
    await clock.advance(400, settle);
    expect(throttled()).toBe(false);
  });

  test('keeps more than half of what comes through where no lower rate ends the throttling', async () => {
    const { adaptive, go, throttled } = await settled();
    for (let time = 0; time < 400; time++) {
      throttled();
      await go(10);
    }
    expect(adaptive.rate).toBeGreaterThan(500);
  });
});
