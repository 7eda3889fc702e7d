import { expect, test } from 'vitest';
import { limitByLatency, limitInFlight } from '../../src/dynamodb/in-flight.js';

test('no more at once than may be, in turn; what fails makes room too', async () => {
  const limited = limitInFlight(3);
  const order: number[] = [];
  let underWay = 0;
  let most = 0;
  const settled = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      limited(async () => {
        order.push(index);
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        if (index % 4 === 0) throw new Error('broken');
      }),
    ),
  );
  expect(most).toBe(3);
  expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(5);
});

/** How many are let under way after 200 pieces of work that took so long each, the first of them so long. */
async function allowedAfter(tookMs: (index: number) => number): Promise<number> {
  let at = 0;
  const limited = limitByLatency({ least: 48, most: 128, perSecond: 2_000, now: () => at });
  for (let index = 0; index < 200; index++) {
    await limited(async () => {
      at += tookMs(index);
    });
  }
  let underWay = 0;
  const never = Array.from({ length: 500 }, () =>
    limited(() => {
      underWay += 1;
      return new Promise(() => undefined);
    }),
  );
  expect(never).toHaveLength(500);
  await new Promise((resolve) => setImmediate(resolve));
  return underWay;
}

test.each([
  ['soon', () => 5, 48],
  ['after 40 ms', () => 40, 80],
  ['after 100 ms', () => 100, 128],
  // A table that throttles, or a process that is busy: some of them are as quick as ever.
  ['late because of what is under way', (index: number) => (index % 10 === 0 ? 5 : 400), 48],
])('where answers come %s', async (_when, tookMs, expected) => {
  expect(await allowedAfter(tookMs)).toBe(expected);
});

test('a limit that grows lets those begin that wait, in turn', async () => {
  let most = 1;
  const limited = limitInFlight(() => most);
  const order: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: 6 }, (_, index) =>
    limited(() => {
      order.push(index);
      return new Promise<void>((resolve) => ends.push(resolve));
    }),
  );
  expect(order).toEqual([0]);
  most = 4;
  ends[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual([0, 1, 2, 3, 4]);
  most = 2;
  for (const end of ends) end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  for (const end of ends) end();
  await Promise.all(all);
});
