import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { openSteps } from '../../src/ledger/steps.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { FakeClock } from './fake-clock.js';
import { fenceOf, leaseLost } from './fences.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let clock: FakeClock;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  clock = new FakeClock();
  stored = openMetaTable({ client: dynalite.client, tableName: `steps-${tables}` });
  await stored.ensure();
});
const tick = () => clock.advance(1_000, async () => {});

describe('steps', () => {
  const binding = { id: '001-a', run: 3, direction: 'up' } as const;

  it('are recorded per run and direction, in the order in which they were started', async () => {
    const steps = openSteps({ table: stored, clock });
    const lease = fenceOf(3);
    for (const name of ['create', 'add index', 'a check']) {
      await steps.markStarted(lease, binding, name);
      await tick();
      if (name !== 'a check') await steps.markDone(lease, binding, name);
    }
    const next = fenceOf(4);
    const recorded = await steps.claim(next, binding);
    expect(recorded).toEqual([
      { name: 'create', startedAt: '2026-01-01T00:00:00.000Z', doneAt: '2026-01-01T00:00:01.000Z' },
      { name: 'add index', startedAt: '2026-01-01T00:00:01.000Z', doneAt: '2026-01-01T00:00:02.000Z' },
      { name: 'a check', startedAt: '2026-01-01T00:00:02.000Z' },
    ]);
    expect(await steps.list(binding)).toEqual(recorded);
    expect(await steps.list({ ...binding, run: 4 })).toEqual([]);
    expect(await steps.list({ ...binding, direction: 'down' })).toEqual([]);
    await expect(steps.markDone(lease, binding, 'a check')).rejects.toMatchObject(leaseLost);
    await steps.clear(next, '001-a');
    expect(await steps.list(binding)).toEqual([]);
  });

  it('start anew when they are started again', async () => {
    const steps = openSteps({ table: stored, clock });
    const lease = fenceOf(3);
    await steps.markStarted(lease, binding, 'create');
    await steps.markDone(lease, binding, 'create');
    await steps.markStarted(lease, { ...binding, run: 4 }, 'create');
    expect(await steps.list({ ...binding, run: 4 })).toEqual([{ name: 'create', startedAt: expect.any(String) }]);
  });
});
