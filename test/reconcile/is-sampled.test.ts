import { expect, test } from 'vitest';
import { isSampled } from '../../src/reconcile/is-sampled.js';

const ids = Array.from({ length: 20_000 }, (_, index) => `S:${index}`);

test.each([0, 0.01, 0.5, 0.9, 1])('a share of %d of similar keys is in the sample', (share) => {
  const sampled = ids.filter((id) => isSampled(id, share)).length;
  expect(Math.abs(sampled / ids.length - share)).toBeLessThan(0.01);
});

test('a larger sample has all of a smaller one', () => {
  for (const id of ids) {
    if (isSampled(id, 0.1)) expect(isSampled(id, 0.2)).toBe(true);
  }
});
