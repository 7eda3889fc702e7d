import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { openSyncStatus } from '../../src/ledger/sync-status.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { FakeClock } from './fake-clock.js';
import { fenceOf, leaseLost } from './fences.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
beforeEach(async () => {
  stored = openMetaTable({ client: dynalite.client, tableName: 'sync-status' });
  await stored.ensure();
});

describe('the status of a live sync', () => {
  const id = '002-move';
  const behind = { streamArn: 'arn:1', caughtUp: false, lagMs: 1_500, handled: 7 };

  it('is what was saved last, by move and direction, and only by the holder of its lease', async () => {
    const clock = new FakeClock();
    const statuses = openSyncStatus({ table: stored, clock });
    const [zombie, next] = [fenceOf(1), fenceOf(2)];
    expect(await statuses.get(id, 'up')).toBeUndefined();
    await statuses.save(zombie, id, 'up', behind);
    const times = { at: '2026-01-01T00:00:00.000Z', wallAt: Date.UTC(2026, 0, 1) };
    expect(await statuses.get(id, 'up')).toEqual({ ...behind, ...times });
    await clock.advance(1_000, async () => {});
    const done = { streamArn: 'arn:1', caughtUp: true, lagMs: undefined, handled: 8 };
    await statuses.save(next, id, 'up', done);
    const later = { at: '2026-01-01T00:00:01.000Z', wallAt: times.wallAt + 1_000 };
    const { lagMs: _none, ...kept } = done;
    expect(await statuses.get(id, 'up')).toStrictEqual({ ...kept, ...later });
    await expect(statuses.save(zombie, id, 'up', behind)).rejects.toMatchObject(leaseLost);
    await statuses.save(next, id, 'down', behind);
    await statuses.save(next, '003-other', 'up', behind);
    await expect(statuses.clear(zombie, id)).rejects.toMatchObject(leaseLost);
    await statuses.clear(next, id);
    expect([await statuses.get(id, 'up'), await statuses.get(id, 'down')]).toEqual([undefined, undefined]);
    expect(await statuses.get('003-other', 'up')).toMatchObject(behind);
  });
});
