import type { Limits } from '../../../src/dynamodb/budget/budgets.js';
import { type Budgets, openBudgets } from '../../../src/dynamodb/budget/budgets.js';
import { FakeClock } from '../../ledger/fake-clock.js';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface Simulation {
  readonly limits?: Limits;
  /** Units a second that the endpoint gives; what is not used in a second is kept for another one. */
  readonly capacity?: number | ((second: number) => number);
  readonly seconds: number;
  readonly writers: number;
  /** Units of each item. */
  readonly itemUnits?: (random: number) => number;
  readonly latencyMs?: number;
  /** Share of requests of which one item is refused, however much capacity is left: a hot key's. */
  readonly refused?: number;
  readonly random?: () => number;
  /** Called once a second of simulated time. */
  readonly onSecond?: (budgets: Budgets, second: number) => void;
}

export interface Second {
  readonly units: number;
  readonly requests: number;
  readonly throttled: number;
}

/**
 * Writers that send 25 items a request as fast as they may, against an endpoint with a capacity, in simulated time.
 * Answers what happened in each second.
 */
export async function simulate(options: Simulation): Promise<Second[]> {
  const { limits = {}, seconds, writers, itemUnits = () => 1, latencyMs = 5, refused = 0, onSecond } = options;
  const random = options.random ?? pseudoRandom(1);
  const clock = new FakeClock();
  const stop = new AbortController();
  const budgets = openBudgets({
    clock,
    limits,
    onDemand: {},
    describe: async () => ({}),
    signal: new AbortController().signal,
  });
  const found = Array.from({ length: seconds }, () => ({ units: 0, requests: 0, throttled: 0 }));
  const capacityAt = (second: number) =>
    typeof options.capacity === 'function' ? options.capacity(second) : (options.capacity ?? Number.POSITIVE_INFINITY);
  let tokens = capacityAt(0);
  let filledAt = 0;

  const accept = (units: number) => {
    const capacity = capacityAt(clock.monotonic() / 1_000);
    if (capacity === Number.POSITIVE_INFINITY) return true;
    tokens = Math.min(capacity, tokens + (capacity * (clock.monotonic() - filledAt)) / 1_000);
    filledAt = clock.monotonic();
    if (tokens < units) return false;
    tokens -= units;
    return true;
  };

  async function write(): Promise<void> {
    let open: number[] = [];
    for (let attempt = 0; !stop.signal.aborted; ) {
      while (open.length < 25) open.push(itemUnits(random()));
      const input = { RequestItems: { T: open } };
      const spending = await budgets.begin({ operation: 'BatchWriteItem', input, priority: 'patient' });
      await clock.sleep(latencyMs);
      const second = found[Math.floor(clock.monotonic() / 1_000)];
      const isHot = refused > 0 && random() < refused;
      const left = open.filter((units, index) => (isHot && index === 0) || !accept(units));
      const units = open.reduce((sum, one) => sum + one, 0) - left.reduce((sum, one) => sum + one, 0);
      if (second) {
        second.units += units;
        second.requests += 1;
        second.throttled += left.length > 0 ? 1 : 0;
      }
      spending?.answered({
        ConsumedCapacity: [{ TableName: 'T', CapacityUnits: units }],
        ...(left.length > 0 && { UnprocessedItems: { T: left } }),
      });
      attempt = left.length > 0 ? attempt + 1 : 0;
      if (left.length > 0) await clock.sleep(random() * Math.min(5_000, 25 * 2 ** attempt));
      open = left;
    }
  }

  const all = Array.from({ length: writers }, () => write().catch(() => undefined));
  for (let second = 0; second < seconds; second++) {
    onSecond?.(budgets, second);
    await clock.advance(1_000, settle);
  }
  stop.abort();
  budgets.abandon(new Error('over'));
  await clock.advance(60_000, settle);
  await Promise.all(all);
  return found;
}

export function sumOf(seconds: readonly Second[], name: keyof Second): number {
  return seconds.reduce((sum, second) => sum + second[name], 0);
}

/** mulberry32: the same numbers each time. */
export function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
