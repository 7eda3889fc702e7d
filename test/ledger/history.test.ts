import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openHistory } from '../../src/ledger/history.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { FakeClock } from './fake-clock.js';
import { someone } from './lock-world.js';

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
  stored = openMetaTable({ client: dynalite.client, tableName: `history-${tables}` });
  await stored.ensure();
});
const tick = () => clock.advance(1_000, async () => {});

describe('history', () => {
  it('keeps every entry of one millisecond, in order, and of processes with the same uuid', async () => {
    const histories = [1, 2].map(() => openHistory({ table: stored, clock, uuid: () => 'same' }));
    for (let index = 0; index < 12; index++) {
      for (const [process, history] of histories.entries()) {
        await history.append({ action: 'up', id: `${process}-${index}`, by: someone });
      }
    }
    const ids = (await histories[0]?.list())?.map(({ id }) => id).reverse() ?? [];
    expect(ids).toHaveLength(24);
    const ofFirst = ids.filter((id) => id?.startsWith('0'));
    expect(ofFirst).toEqual(Array.from({ length: 12 }, (_, index) => `0-${index}`));
  });

  it('answers the newest first, as many as asked for', async () => {
    const history = openHistory({ table: stored, clock });
    for (const id of ['001-a', '002-b', '003-c']) {
      await history.append({ action: 'failed', id, by: someone, reason: 'r'.repeat(2_000), details: { page: 3 } });
      await tick();
    }
    const entries = await history.list({ limit: 2 });
    expect(entries.map(({ id, at }) => [id, at])).toEqual([
      ['003-c', '2026-01-01T00:00:02.000Z'],
      ['002-b', '2026-01-01T00:00:01.000Z'],
    ]);
    expect(entries[0]).toEqual({
      at: '2026-01-01T00:00:02.000Z',
      action: 'failed',
      id: '003-c',
      by: someone,
      reason: expect.stringMatching(/^r{999}…$/),
      details: { page: 3 },
    });
  });

  it('writes one entry when the answer is lost and the request repeated', async () => {
    const put: MetaTable['put'] = async (row, guard) => {
      await stored.put(row, guard);
      return stored.put(row, guard);
    };
    const history = openHistory({ table: { ...stored, put }, clock });
    await history.append({ action: 'up', id: undefined, by: someone, details: { a: undefined, b: 1 } });
    expect(await history.list()).toHaveLength(1);
  });
});
