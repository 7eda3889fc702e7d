import { type AcquireLockOptions, acquireLock } from '../../src/ledger/acquire-lock.js';
import type { Actor } from '../../src/ledger/actor.js';
import type { Lease } from '../../src/ledger/lease.js';
import type { MetaTable } from '../../src/ledger/meta-table.js';
import { busyTable } from './busy-table.js';
import { FakeClock } from './fake-clock.js';

export const LEASE_MS = 30_000;
export const someone: Actor = { host: 'host-1', pid: 1, user: 'ada', ciUrl: 'https://ci.example/run/7' };

/** Some machines with clocks of their own at one lock. */
export function lockWorld(stored: MetaTable) {
  const clocks: FakeClock[] = [];
  const tables: ReturnType<typeof busyTable>[] = [];
  async function settle(): Promise<void> {
    for (const table of [...tables, ...tables]) await table.settle();
  }
  return {
    settle,
    /** Lets the same time pass on every machine that is not frozen. */
    async pass(ms: number, frozen: FakeClock[] = []): Promise<void> {
      for (let left = ms; left > 0; left -= 1_000) {
        for (const clock of clocks) if (!frozen.includes(clock)) await clock.advance(Math.min(left, 1_000), settle);
      }
    },
    machine(skewMs = 0) {
      const clock = new FakeClock(skewMs);
      const table = busyTable(stored);
      clocks.push(clock);
      tables.push(table);
      const acquire = (options: Partial<AcquireLockOptions> = {}): Promise<Lease> => {
        const defaults = { actor: someone, command: 'migrate up', leaseMs: LEASE_MS, timeoutMs: 600_000 };
        return acquireLock({ table, clock, random: () => 0.5, ...defaults, ...options });
      };
      return { clock, table, acquire };
    },
  };
}

/** What became of a promise so far, without waiting for it. */
export function watch<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const outcome: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => {
      outcome.value = value;
    },
    (error) => {
      outcome.error = error;
    },
  );
  return outcome;
}
