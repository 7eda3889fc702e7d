import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countSegmentsAtOnce } from '../../src/dynamodb/segments-at-once.js';

/** How many are at once after each of `seconds`, when each segment takes so much of the process's time. */
function counts(seconds: number, shareOfOne: number): number[] {
  let now = 4;
  const count = countSegmentsAtOnce({ load: () => Math.min(1, now * shareOfOne) });
  return Array.from({ length: seconds }, () => {
    now = count();
    return now;
  });
}

test('segments that mostly wait for answers are eight at once, those that compute all the time are two', () => {
  expect(counts(3, 0.02)).toEqual([8, 8, 8]);
  expect(counts(4, 0.7)).toEqual([3, 2, 2, 2]);
});

test('it settles where the process is busy, and never leaves 2 to 8', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1, noNaN: true }), (shareOfOne) => {
      const seen = counts(30, shareOfOne);
      for (const count of seen) expect(count >= 2 && count <= 8).toBe(true);
      const last = seen.slice(-4);
      // One more would be too many, or there are as many as there may be.
      for (const count of last)
        expect(count === 8 || (count + 1) * shareOfOne > 0.97 || count * shareOfOne > 0.8).toBe(true);
      // Nor too many: all but one of them keep it less than full.
      for (const count of last) expect(count === 2 || (count - 2) * shareOfOne < 0.97).toBe(true);
    }),
  );
});

test('it stays the same until a second was measured, and grows in a process that has nothing to do', async () => {
  const count = countSegmentsAtOnce();
  expect([count(), count(), count()]).toEqual([4, 4, 4]);
  await pause(1_100);
  expect(count()).toBe(8);
  expect(countSegmentsAtOnce({ load: () => undefined })()).toBe(4);
  expect(countSegmentsAtOnce({ load: () => 0 })()).toBe(8);
});
