import fc from 'fast-check';
import { expect, it } from 'vitest';
import { acquireLock } from '../../src/ledger/acquire-lock.js';
import type { Clock } from '../../src/ledger/clock.js';
import { updateFenced } from '../../src/ledger/fenced-write.js';
import type { Lease } from '../../src/ledger/lease.js';
import type { MetaTable } from '../../src/ledger/meta-table.js';
import { someone } from './lock-world.js';
import { memoryTable } from './memory-table.js';

const LEASE_MS = 9_000;
const DATA = { pk: 'data', sk: 'row' };

/** What one machine is like. */
interface Machine {
  readonly skewMs: number;
  /** How fast its clock runs; real ones differ by far less. */
  readonly speed: number;
  /** Real time at which it stops for a while, or for ever. */
  readonly pauses: readonly { readonly at: number; readonly forMs: number }[];
  readonly crashAt: number;
  /** How long it holds the lock before it releases it. */
  readonly holdMs: number;
}

const machine: fc.Arbitrary<Machine> = fc.record({
  skewMs: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  speed: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
  pauses: fc.array(
    fc.record({ at: fc.integer({ min: 0, max: 60_000 }), forMs: fc.integer({ min: 10, max: 30_000 }) }),
    { maxLength: 3 },
  ),
  crashAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 60_000 })),
  holdMs: fc.integer({ min: 0, max: 40_000 }),
});

/** A world in simulated real time: every request takes a while to arrive and to be answered, and some are lost. */
function simulate(machines: readonly Machine[], dice: () => number, faults: boolean) {
  const stored = memoryTable();
  const queue: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  const leases = new Map<Machine, Lease>();
  const tokens: number[] = [];
  const trouble: string[] = [];
  let now = 0;
  let order = 0;

  const after = (ms: number, run: () => void) => {
    order += 1;
    queue.push({ at: now + ms, order, run });
  };

  /** Runs when the machine is awake; a machine that crashed never runs anything again. */
  function onMachine(machine: Machine, run: () => void): void {
    if (now >= machine.crashAt) return;
    const pause = machine.pauses.find(({ at, forMs }) => now >= at && now < at + forMs);
    if (pause) after(pause.at + pause.forMs - now, () => onMachine(machine, run));
    else run();
  }

  function clockOf(machine: Machine): Clock {
    const monotonic = () => now * machine.speed + machine.skewMs;
    return {
      monotonic,
      wall: () => Date.UTC(2026, 0, 1) + monotonic(),
      sleep: (ms, { signal } = {}) =>
        new Promise((resolve) => {
          const wake = () => {
            signal?.removeEventListener('abort', wake);
            resolve();
          };
          if (signal?.aborted) wake();
          else signal?.addEventListener('abort', wake);
          after(ms / machine.speed, () => onMachine(machine, wake));
        }),
    };
  }

  function request<T>(machine: Machine, call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const isLost = faults && dice() < 0.1;
      // Now and then a request lingers on its way until long after its caller gave up.
      const delay = dice() < 0.05 ? dice() * 20_000 : dice() * 300;
      after(delay, async () => {
        if (isLost && dice() < 0.5) return after(1_000, () => onMachine(machine, () => reject(new Error('lost'))));
        const answer = await call();
        after(dice() * 300, () => onMachine(machine, () => (isLost ? reject(new Error('reset')) : resolve(answer))));
      });
    });
  }

  function tableOf(machine: Machine): MetaTable {
    return {
      ...stored,
      get: (key) => request(machine, () => stored.get(key)),
      put: (row, guard) => request(machine, () => stored.put(row, guard)),
      update: (key, change, guard, { signal } = {}) =>
        Promise.race([
          request(machine, async () => {
            const row = await stored.update(key, change, guard);
            if (row && key.pk === DATA.pk) tokens.push(Number(row.token));
            return row;
          }),
          new Promise<never>((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(new Error('aborted')));
          }),
        ]),
    };
  }

  async function live(machine: Machine): Promise<void> {
    const clock = clockOf(machine);
    const table = tableOf(machine);
    for (;;) {
      try {
        const options = { actor: someone, command: 'migrate up', leaseMs: LEASE_MS, timeoutMs: 1e9, random: dice };
        const lease = await acquireLock({ table, clock, ...options });
        leases.set(machine, lease);
        const until = clock.monotonic() + machine.holdMs;
        while (clock.monotonic() < until) {
          await updateFenced(table, lease, DATA, {}, { orCreate: true });
          await clock.sleep(500);
        }
        // From here on nothing is done under the lease, whatever becomes of the request that frees it.
        leases.delete(machine);
        await lease.release();
      } catch {
        // Lost, or a request failed: the command would be typed again.
      }
      leases.delete(machine);
      await clock.sleep(dice() * 3_000);
    }
  }

  /** Who believes to hold the lock, by its own clock. */
  function believers(): number {
    return [...leases].filter(([machine, lease]) => {
      if (now >= machine.crashAt) return false;
      try {
        lease.assertHeld();
        return true;
      } catch {
        return false;
      }
    }).length;
  }

  return {
    async run(untilMs: number) {
      for (const machine of machines) after(dice() * 2_000, () => onMachine(machine, () => void live(machine)));
      while (queue.length > 0 && now < untilMs) {
        queue.sort((a, b) => a.at - b.at || a.order - b.order);
        const next = queue.shift();
        if (!next) break;
        now = Math.max(now, next.at);
        next.run();
        await new Promise((resolve) => setImmediate(resolve));
        if (believers() > 1) trouble.push(`two holders at ${now}`);
      }
      return { tokens, trouble };
    },
  };
}

function isGrowing(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0));
}

it('never has two holders by their own clocks, and its fenced writes only ever grow in token', async () => {
  let takeovers = 0;
  let writes = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(machine, { minLength: 2, maxLength: 4 }),
      fc.integer(),
      fc.boolean(),
      async (machines, seed, faults) => {
        const { tokens, trouble } = await simulate(machines, diceOf(seed), faults).run(90_000);
        expect(trouble).toEqual([]);
        expect(isGrowing(tokens)).toBe(true);
        takeovers = Math.max(takeovers, ...tokens);
        writes += tokens.length;
      },
    ),
    { numRuns: Number(process.env.LOCK_RUNS ?? 300) },
  );
  // A world in which nothing happens proves nothing.
  expect(takeovers).toBeGreaterThan(5);
  expect(writes).toBeGreaterThan(500);
}, 120_000);

it('always lets somebody in, some time after everybody else crashed', async () => {
  const awake: Machine = { skewMs: 0, speed: 1, pauses: [], crashAt: Number.POSITIVE_INFINITY, holdMs: 5_000 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 3 }),
      fc.integer(),
      async (crashes, seed) => {
        const crashing = crashes.map((crashAt, index): Machine => ({ ...awake, skewMs: index * 777, crashAt }));
        const { tokens } = await simulate([...crashing, awake], diceOf(seed), false).run(120_000);
        expect(tokens.length).toBeGreaterThan(5);
      },
    ),
    { numRuns: 20 },
  );
}, 120_000);

/** Random numbers from a seed (mulberry32), so that a failure can be run again. */
function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
