import { expect, test } from 'vitest';
import { explore, type Scenario } from './explorer.js';
import { production, rekeyed, rekeyedBySource, sameKey } from './scenarios.js';

const backfillOnly = ['backfill'] as const;

/** Production code under everything that can happen within the bounds. */
const rows: readonly (readonly [name: string, scenario: Scenario])[] = [
  [
    'same key, one item, any two writes, 1 replay, 1 crash of anything',
    production({
      mapping: sameKey,
      choices: [['1', '2']],
      initial: ['1'],
      bounds: { writes: 2, replays: 1, crashes: 1 },
    }),
  ],
  [
    'same key, one item: update, back, delete, re-insert; 1 crash of anything',
    production({ mapping: sameKey, scripts: [['2', '1', '', '1']], initial: ['1'], bounds: { crashes: 1 } }),
  ],
  [
    'same key, one item: update, delete; 2 replays, 1 crash of a worker',
    production({
      mapping: sameKey,
      scripts: [['2', '']],
      initial: ['1'],
      bounds: { replays: 2, crashes: 1 },
      mortal: backfillOnly,
    }),
  ],
  [
    'same key, two items in two pages, 4 writes, 1 crash of anything',
    production({ mapping: sameKey, scripts: [['2', '', '1'], ['']], initial: ['1', '1'], bounds: { crashes: 1 } }),
  ],
  [
    'same key, two items in one page and one shard, batches, 1 crash of anything',
    production({
      mapping: sameKey,
      scripts: [['2', ''], ['2']],
      initial: ['1', ''],
      shards: [0, 0],
      batch: 2,
      scanLimit: 2,
      bounds: { crashes: 1 },
    }),
  ],
  [
    'same key with a filter, keys-only records, 1 replay, 1 crash of anything',
    production({
      mapping: sameKey,
      scripts: [['F', '2']],
      initial: ['1'],
      withImages: false,
      bounds: { replays: 1, crashes: 1 },
    }),
  ],
  [
    'same key, 1 unknown outcome, 1 replay',
    production({
      mapping: sameKey,
      scripts: [['2', '']],
      initial: ['1'],
      bounds: { faults: 1, replays: 1, settles: 1 },
    }),
  ],
  [
    'same key, a poisonous image, 1 crash of a worker',
    production({
      mapping: sameKey,
      scripts: [['P', '2']],
      initial: ['1'],
      mortal: backfillOnly,
      bounds: { crashes: 1, settles: 1, replays: 1 },
    }),
  ],
  [
    'same key, the stream goes on at some time',
    production({
      mapping: sameKey,
      choices: [['1', '2'], ['1']],
      initial: ['1', ''],
      streamOn: false,
      bounds: { writes: 2 },
    }),
  ],
  [
    're-keyed, one item, any two writes, 1 crash of anything',
    production({ mapping: rekeyed, choices: [['x', 'y', 'z']], initial: ['x'], bounds: { writes: 2, crashes: 1 } }),
  ],
  [
    're-keyed, one item: x, y, x; 1 replay, 1 crash of a worker',
    production({
      mapping: rekeyed,
      scripts: [['y', 'x']],
      initial: ['x'],
      bounds: { replays: 1, crashes: 1 },
      mortal: backfillOnly,
    }),
  ],
  [
    're-keyed, a poisonous image between two keys',
    production({ mapping: rekeyed, scripts: [['P', 'y']], initial: ['x'], bounds: { replays: 1, settles: 1 } }),
  ],
  [
    'split and filter, 1 crash of a worker',
    production({
      mapping: rekeyed,
      scripts: [['y', 'F']],
      initial: ['xy'],
      bounds: { crashes: 1 },
      mortal: backfillOnly,
    }),
  ],
  [
    'a key goes from one owner to another, 1 crash of a worker',
    production({
      mapping: rekeyedBySource,
      scripts: [['y'], ['x']],
      initial: ['x', ''],
      bounds: { crashes: 1, settles: 1 },
      mortal: backfillOnly,
    }),
  ],
  [
    'two items exchange their keys by way of a collision',
    production({ mapping: rekeyed, scripts: [['y'], ['x']], initial: ['x', 'y'], bounds: { settles: 1 } }),
  ],
  [
    'two owners, a claim that comes back while it is arbitrated',
    production({ mapping: rekeyed, scripts: [['y'], ['', 'x']], initial: ['x', 'x'], bounds: { settles: 1 } }),
  ],
  [
    'an owner that comes back while its key is arbitrated',
    production({
      mapping: rekeyed,
      scripts: [['', 'x'], ['x']],
      initial: ['x', ''],
      scanLimit: 3,
      bounds: { settles: 1 },
    }),
  ],
  [
    'a collision that stays, the arbiter dies',
    production({
      mapping: rekeyed,
      scripts: [['y', ''], ['x']],
      initial: ['x', ''],
      bounds: { settles: 1, crashes: 1 },
      mortal: ['settle'],
    }),
  ],
];

test.each(rows)('%s', { timeout: 120_000 }, async (_name, scenario) => {
  const { violation, worlds, nodes, compared } = await explore(scenario);
  console.info(`${_name}: ${worlds} worlds, ${nodes} local states, compared at rest in ${compared}`);
  expect(violation).toBeUndefined();
  expect(compared).toBeGreaterThan(0);
});
