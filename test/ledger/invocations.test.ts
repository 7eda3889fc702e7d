import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { beginInvocation, endInvocations } from '../../src/ledger/invocations.js';
import { FakeClock } from './fake-clock.js';
import { memoryTable } from './memory-table.js';

const id = '002-move';
const leaseMs = 15_000;

function world() {
  const table = memoryTable();
  const clock = new FakeClock();
  const settle = async () => {
    for (let turns = 0; turns < 50; turns++) await turn();
  };
  return {
    table,
    clock,
    advance: (ms: number) => clock.advance(ms, settle),
    begin: () => beginInvocation({ table, id, direction: 'up', functionName: 'sync', leaseMs, clock }),
    /** Whether the waiting is over. */
    waiting() {
      const state = { ended: false };
      void endInvocations({ table, id, clock }).then(() => {
        state.ended = true;
      });
      return state;
    },
  };
}

test('an invocation leaves nothing, and nobody waits where there is none', async () => {
  const { table, clock, begin } = world();
  const { end } = await begin();
  await end();
  expect(table.rows.size).toBe(0);
  await endInvocations({ table, id, clock });
});

test('whoever changed the phase waits for an invocation under way, and no longer', async () => {
  const { advance, begin, waiting } = world();
  const [one, other] = [await begin(), await begin()];
  const state = waiting();
  await advance(3_000);
  await one.end();
  await advance(3_000);
  expect(state.ended).toBe(false);
  await other.end();
  await advance(1_000);
  expect(state.ended).toBe(true);
  expect(one.lease.signal.aborted).toBe(false);
});

test('one that died is waited for until its lease is over, by a stopwatch', async () => {
  const { table, clock, advance, begin, waiting } = world();
  const { lease } = await begin();
  // Its process is gone: no heartbeat, no end.
  const row = [...table.rows.values()][0];
  lease.lose('died');
  await advance(10_000);
  const state = waiting();
  await advance(leaseMs - 1_000);
  expect(state.ended).toBe(false);
  await advance(2_000);
  expect(state.ended).toBe(true);
  expect(row?.command).toBe('sync up');
  expect(table.rows.size).toBe(0);
  expect(clock.monotonic()).toBeGreaterThan(leaseMs);
});

test('one that goes on and on is cut off: it has stopped before the wait is over', async () => {
  const { advance, begin, waiting } = world();
  const { lease } = await begin();
  const state = waiting();
  await advance(leaseMs - 1_000);
  expect(() => lease.assertHeld()).not.toThrow();
  for (let passed = 0; !state.ended && passed < 4 * leaseMs; passed += 500) {
    await advance(500);
    if (state.ended) expect(() => lease.assertHeld()).toThrow(/LEASE|lost|lock/);
  }
  expect(state.ended).toBe(true);
  expect(lease.signal.aborted).toBe(true);
});
