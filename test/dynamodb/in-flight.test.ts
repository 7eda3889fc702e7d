import { expect, test } from 'vitest';
import { limitInFlight } from '../../src/dynamodb/in-flight.js';

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
