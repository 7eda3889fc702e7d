import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Model, type Scenario, walk } from './explorer.js';
import { production, rekeyed, rekeyedBySource, sameKey } from './scenarios.js';

/** Bounds that nobody could exhaust: many items, everything that can go wrong, several times. */
const bounds = { writes: 14, replays: 5, crashes: 4, faults: 4, settles: 6 };
const everybody = ['backfill', 'delivery', 'replay', 'settle'] as const;

const scenarios: readonly (readonly [string, Scenario])[] = [
  [
    'same key, four items in two shards, batches, filter, poison',
    production({
      mapping: sameKey,
      choices: [
        ['1', '2', 'F'],
        ['1', '2'],
        ['1', 'P'],
        ['1', '2'],
      ],
      initial: ['1', '', 'P', '2'],
      shards: [0, 1, 0, 1],
      batch: 3,
      scanLimit: 2,
      streamOn: false,
      bounds,
      mortal: everybody,
    }),
  ],
  [
    're-keyed and split, three items that fight for four keys',
    production({
      mapping: rekeyed,
      choices: [
        ['x', 'y', 'xy1'],
        ['y', 'z', 'x2'],
        ['w', 'x', 'F', 'P'],
      ],
      initial: ['x', 'y', ''],
      shards: [0, 1, 0],
      batch: 2,
      scanLimit: 2,
      bounds,
      mortal: everybody,
    }),
  ],
  [
    're-keyed with `_src`, two items, one shard',
    production({
      mapping: rekeyedBySource,
      choices: [
        ['x', 'y', 'x1'],
        ['y', 'x', 'yz'],
      ],
      initial: ['x', 'z'],
      shards: [0, 0],
      batch: 2,
      bounds,
      mortal: everybody,
    }),
  ],
];

test.each(scenarios)('random schedules: %s', async (_name, scenario) => {
  // One model for all runs: production code is run once for each history that any of them meets.
  const model = new Model(scenario);
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(1_000_000)), async (numbers) => {
      const choose = (steps: number) => (numbers.next().value ?? 0) % steps;
      const { violation } = await walk(scenario, choose, 5_000, model);
      if (violation) throw new Error([violation.what, ...violation.trace].join('\n  '));
    }),
    { numRuns: 100 },
  );
  expect(model.compared).toBeGreaterThan(0);
});

test('random schedules find what is wrong, too', async () => {
  const broken = production({
    mapping: sameKey,
    choices: [['1']],
    initial: ['1'],
    bounds: { writes: 2, crashes: 1 },
    without: { intents: true },
  });
  const model = new Model(broken);
  const property = fc.asyncProperty(fc.infiniteStream(fc.nat(1_000_000)), async (numbers) => {
    const choose = (steps: number) => (numbers.next().value ?? 0) % steps;
    expect((await walk(broken, choose, 5_000, model)).violation).toBeUndefined();
  });
  expect((await fc.check(property, { numRuns: 5_000, endOnFailure: true, seed: 1 })).failed).toBe(true);
});
