import { expect, test } from 'vitest';
import { workOff } from '../../src/dynamodb/work-queue.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

test('what a request leaves undone shares the next one with what was not tried yet', async () => {
  const requests: number[][] = [];
  const left = new Set([3, 7]);
  await workOff(numbers(25), {
    size: 10,
    inFlight: 1,
    async work(tasks) {
      requests.push(tasks);
      return tasks.filter((task) => left.delete(task));
    },
  });
  expect(requests.map((tasks) => tasks.length)).toEqual([10, 10, 7]);
  expect(requests[1]).toEqual(expect.arrayContaining([3, 7, 10]));
  expect(new Set(requests.flat()).size).toBe(25);
});

test('no more at once than may be, and all of them', async () => {
  let underWay = 0;
  let most = 0;
  const done: number[] = [];
  await workOff(numbers(95), {
    size: 10,
    inFlight: 3,
    async work(tasks) {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      done.push(...tasks);
      underWay -= 1;
      return [];
    },
  });
  expect(most).toBe(3);
  expect(done.sort((a, b) => a - b)).toEqual(numbers(95));
});

test('a request is cut where it would weigh too much; one task alone may', async () => {
  const requests: number[][] = [];
  await workOff([1, 2, 9, 3, 3], {
    size: 10,
    weight: 6,
    weigh: (task) => task,
    inFlight: 1,
    async work(tasks) {
      requests.push(tasks);
      return [];
    },
  });
  expect(requests).toEqual([[1, 2], [9], [3, 3]]);
});

test('after a failure nothing new starts, and it rejects only when all is over', async () => {
  const started: number[][] = [];
  let finish = () => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let settled = false;
  const working = workOff(numbers(50), {
    size: 10,
    inFlight: 2,
    async work(tasks) {
      started.push(tasks);
      if (started.length === 1) throw new Error('broken');
      await slow;
      return [];
    },
  }).finally(() => {
    settled = true;
  });
  working.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(settled).toBe(false);
  finish();
  await expect(working).rejects.toThrow('broken');
  expect(started).toHaveLength(2);
});

test('nothing to do: nothing is sent', async () => {
  await workOff([], { size: 10, inFlight: 4, work: () => Promise.reject(new Error('asked')) });
});
