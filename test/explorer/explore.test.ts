import { expect, test } from 'vitest';
import { explore } from './explorer.js';
import { production, rekeyed, sameKey } from './scenarios.js';

const go = async (name: string, s: any) => {
  const t = performance.now();
  const r = await explore(production(s));
  console.log(name, JSON.stringify(s.bounds), r, performance.now() - t);
  expect(r.violation).toBeUndefined();
};
test('same', async () => {
  await go('1 item, any writes', {
    mapping: sameKey,
    choices: [['1', '2']],
    initial: ['1'],
    bounds: { writes: 3, replays: 1, crashes: 1 },
  });
  await go('2 items', {
    mapping: sameKey,
    scripts: [['2', '', '1'], ['']],
    initial: ['1', '1'],
    bounds: { crashes: 1 },
  });
  await go('2 items', {
    mapping: sameKey,
    scripts: [['2', '', '1'], ['']],
    initial: ['1', '1'],
    bounds: { crashes: 1, replays: 1 },
    mortal: ['backfill'],
  });
  await go('2 items', {
    mapping: rekeyed,
    scripts: [['y', ''], ['x']],
    initial: ['x', 'y'],
    bounds: { crashes: 1, replays: 0 },
    mortal: ['backfill'],
  });
}, 300000);
