import { expect, test } from 'vitest';
import { reconcileObligations } from '../../src/reconcile/reconcile-obligations.js';
import { text } from './fakes.js';

const kilobytes = (id: number, size: number) => {
  const key = { id: text(String(id).padEnd(size * 1024, '-')) };
  return { unit: key, keys: [key] };
};

test('few keys are one obligation', () => {
  const intents = [kilobytes(1, 1), kilobytes(2, 1)];
  expect(reconcileObligations(intents, true)).toEqual([{ kind: 'reconcile', intents, inFlight: true }]);
  expect(reconcileObligations([], true)).toEqual([]);
});

test('many are cut by their size, in order, none left out', () => {
  // With its key, a unit is 4 KB.
  const intents = Array.from({ length: 250 }, (_, id) => kilobytes(id, 2));
  const obligations = reconcileObligations(intents, false);
  expect(obligations.flatMap((one) => one.intents)).toEqual(intents);
  for (const { intents: own } of obligations) expect(own.length).toBeLessThanOrEqual(50);
  expect(obligations).toHaveLength(6);
});

test('a unit too large for one is not cut', () => {
  const intents = [kilobytes(1, 1), kilobytes(2, 300), kilobytes(3, 1)];
  expect(reconcileObligations(intents, false).map((one) => one.intents.length)).toEqual([1, 1, 1]);
});
