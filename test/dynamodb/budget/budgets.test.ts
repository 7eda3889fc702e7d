import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Limits, openBudgets } from '../../../src/dynamodb/budget/budgets.js';
import { FakeClock } from '../../ledger/fake-clock.js';
import { pseudoRandom, type Second, simulate, sumOf } from './simulation.js';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const share = (seconds: readonly Second[]) => sumOf(seconds, 'throttled') / sumOf(seconds, 'requests');

describe('a budget', () => {
  test('is used up to 97 to 100 %, whatever the items are like, and nothing is throttled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 50, max: 2_000 }),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer(),
        async (limit, writers, latencyMs, largest, seed) => {
          // More than the writers could send would be nobody's fault.
          fc.pre((writers * 25 * 1_000) / latencyMs > 3 * limit);
          const seconds = await simulate({
            limits: { write: limit },
            capacity: 2 * limit + 25 * largest,
            seconds: 60,
            writers,
            latencyMs,
            itemUnits: (random) => 1 + Math.floor(random * largest),
            random: pseudoRandom(seed),
          });
          const used = sumOf(seconds, 'units') / (60 * limit);
          expect(used).toBeGreaterThanOrEqual(0.97);
          // What a request takes is known when it was made: the last ones may overdraw.
          expect(used).toBeLessThanOrEqual(1 + (25 * largest) / (60 * limit));
          expect(sumOf(seconds, 'throttled')).toBe(0);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  }, 20_000);

  test('does not make up for idle time by a burst', async () => {
    const { begin, clock, budgets } = open({ write: 100 });
    await clock.advance(60_000, settle);
    let sent = 0;
    const all = Array.from({ length: 40 }, () => begin(25).then(() => (sent += 25)));
    await clock.advance(1_000, settle);
    expect(sent).toBeLessThanOrEqual(125);
    budgets.abandon(new Error('over'));
    await Promise.allSettled(all);
  });

  test('lets a request overdraw, and the next one wait', async () => {
    const { begin, clock } = open({ write: 10 });
    await clock.advance(1_000, settle);
    const first = await begin(1);
    first?.answered({ ConsumedCapacity: [{ TableName: 'T', CapacityUnits: 50 }] });
    let isSent = false;
    const second = begin(1).then(() => {
      isSent = true;
    });
    await clock.advance(4_000, settle);
    expect(isSent).toBe(false);
    await clock.advance(60_000, settle);
    await second;
  });

  test('is that of all processes that share it, a part each', async () => {
    const { begin, clock, budgets } = open({ write: 100 });
    budgets.share(4);
    let sent = 0;
    const loop = async () => {
      for (;;) {
        const spending = await begin(1);
        sent += 1;
        spending?.answered({ ConsumedCapacity: [{ TableName: 'T', CapacityUnits: 1 }] });
      }
    };
    const ended = loop().catch(() => 'ended');
    await clock.advance(20_000, settle);
    expect(sent).toBeGreaterThan(0.95 * 20 * 25);
    expect(sent).toBeLessThan(1.05 * 20 * 25);
    budgets.share(1);
    sent = 0;
    await clock.advance(10_000, settle);
    expect(sent).toBeGreaterThan(0.95 * 10 * 100);
    budgets.abandon(new Error('over'));
    await clock.advance(1_000, settle);
    expect(await ended).toBe('ended');
  });

  test('counts the share of the index that has the least to spare', async () => {
    const clock = new FakeClock();
    const budgets = openBudgets({
      clock,
      limits: { write: '50%' },
      onDemand: {},
      signal: new AbortController().signal,
      describe: async () => ({
        ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1_000 },
        GlobalSecondaryIndexes: [
          { IndexName: 'narrow', ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 100 } },
        ],
      }),
    });
    let sent = 0;
    const put = async () => {
      const input = { TableName: 'T' };
      const spending = await budgets.begin({ operation: 'PutItem', input, priority: 'patient' });
      expect(spending?.perIndex).toBe(true);
      sent += 1;
      const each = { CapacityUnits: 1 };
      const ConsumedCapacity = { CapacityUnits: 2, Table: each, GlobalSecondaryIndexes: { narrow: each } };
      spending?.answered({ ConsumedCapacity });
    };
    const loop = async () => {
      for (;;) await put();
    };
    const ended = loop().catch(() => 'ended');
    await clock.advance(20_000, settle);
    // Half of the index's 100 a second, and not half of the table's 1,000.
    expect(sent).toBeGreaterThan(0.95 * 20 * 50);
    expect(sent).toBeLessThan(1.05 * 20 * 50);
    budgets.abandon(new Error('over'));
    await clock.advance(1_000, settle);
    expect(await ended).toBe('ended');
  });

  test('is spent by sizes where the engine tells nothing', async () => {
    const { begin, clock } = open({ write: 10 });
    const put = { PutRequest: { Item: { id: { S: 'x'.repeat(5_000) } } } };
    (await begin(1, put))?.answered({});
    let isSent = false;
    void begin(1).then(() => {
      isSent = true;
    });
    // 5 units, of which there was one; it is sent when there are 2.5, a quarter of a second's.
    await clock.advance(600, settle);
    expect(isSent).toBe(false);
    await clock.advance(100, settle);
    expect(isSent).toBe(true);
  });

  test('makes nothing urgent wait, and takes what that used from the others', async () => {
    const { begin, budgets, clock } = open({ write: 10 });
    await begin(1);
    const urgent = await budgets.begin({ operation: 'BatchWriteItem', input: inputOf(20), priority: 'urgent' });
    urgent?.answered({ ConsumedCapacity: [{ TableName: 'T', CapacityUnits: 20 }] });
    let sent = 0;
    for (let one = 0; one < 10; one++) void begin(1).then(() => (sent += 1));
    await clock.advance(1_900, settle);
    expect(sent).toBe(1);
    await clock.advance(1_600, settle);
    expect(sent).toBe(10);
  });

  test('leaves a tenth to the others, however much the urgent use, and has them pay for two seconds of it', async () => {
    const { begin, budgets, clock } = open({ write: 100 });
    const urgently = async (units: number) => {
      const one = await budgets.begin({ operation: 'BatchWriteItem', input: inputOf(1), priority: 'urgent' });
      one?.answered({ ConsumedCapacity: [{ TableName: 'T', CapacityUnits: units }] });
    };
    let sent = 0;
    const all = Array.from({ length: 1_000 }, () =>
      begin(1).then((spending) => {
        sent += 1;
        spending?.answered({ ConsumedCapacity: [{ TableName: 'T', CapacityUnits: 1 }] });
      }),
    );
    for (let second = 0; second < 20; second++) {
      await urgently(500);
      await clock.advance(1_000, settle);
    }
    expect(sent).toBeGreaterThanOrEqual(190);
    expect(sent).toBeLessThanOrEqual(230);
    sent = 0;
    await clock.advance(5_000, settle);
    // Two seconds' worth is owed and repaid, a tenth of the income is left meanwhile.
    expect(sent).toBeGreaterThanOrEqual(290);
    budgets.abandon(new Error('over'));
    await Promise.allSettled(all);
  });

  test('of another number counts at once, also for what waits', async () => {
    const { begin, budgets, clock } = open({ write: 1 });
    (await begin(1))?.answered({ ConsumedCapacity: [{ TableName: 'T', CapacityUnits: 3_600 }] });
    let isSent = false;
    void begin(1).then(() => {
      isSent = true;
    });
    await clock.advance(2_000, settle);
    expect(isSent).toBe(false);
    await budgets.override({ write: 10_000 });
    await clock.advance(1_000, settle);
    expect(isSent).toBe(true);
  });

  test('that is a share of a table on demand needs a figure', async () => {
    const { budgets } = open({ write: '25%' });
    await expect(budgets.resolve('T')).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: /on demand/ });
    const clear = open({ write: 5 });
    await clear.begin(1);
    await expect(clear.budgets.override({ write: '5%' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(clear.budgets.states()).toMatchObject([{ limit: 5 }]);
    const figured = open({ write: '25%' }, { write: 400 });
    await figured.begin(1);
    expect(figured.budgets.states()).toMatchObject([{ limit: 100 }]);
  });
});

test('a share that comes from elsewhere ends nothing where a table is none to take it of', async () => {
  const told: string[] = [];
  const { begin, budgets } = open({ write: 5 }, {}, { onUnresolved: ({ message }) => told.push(message) });
  await budgets.override({ write: '5%' });
  await Promise.all([begin(1), begin(0)]);
  expect(budgets.states()).toMatchObject([{ limit: 5 }]);
  expect(told).toEqual([expect.stringContaining('`T` is on demand')]);
  const free = open({});
  await free.budgets.override({ write: '5%' });
  await free.begin(1);
  expect(free.budgets.states()).toMatchObject([{ limit: undefined }]);
});

describe('a pause', () => {
  test('holds back what is patient, and nothing else, until the end of it', async () => {
    const { begin, budgets, clock } = open({});
    await begin(1);
    budgets.pause();
    let isSent = false;
    void begin(1).then(() => {
      isSent = true;
    });
    await budgets.begin({ operation: 'Scan', input: { TableName: 'T' }, priority: 'urgent' });
    await budgets.urgently(() => begin(1));
    await clock.advance(3_600_000, settle);
    expect(isSent).toBe(false);
    budgets.resume();
    await settle();
    expect(isSent).toBe(true);
  });

  test('ends for the requests of a lease when that is lost', async () => {
    const { begin, budgets } = open({});
    await begin(1);
    budgets.pause();
    const lease = new AbortController();
    const lost = new Error('lost');
    const input = inputOf(1);
    const ask = { operation: 'BatchWriteItem', input, priority: 'patient', signal: lease.signal } as const;
    const own = Promise.allSettled([budgets.begin(ask), budgets.begin(ask)]);
    let isOtherOver = false;
    void begin(1).then(() => {
      isOtherOver = true;
    });
    lease.abort(lost);
    expect(await own).toEqual([
      { status: 'rejected', reason: lost },
      { status: 'rejected', reason: lost },
    ]);
    expect(isOtherOver).toBe(false);
    await expect(budgets.begin(ask)).rejects.toBe(lost);
    budgets.resume();
    await settle();
    expect(isOtherOver).toBe(true);
  });

  test('ends with the run, at once', async () => {
    const { begin, budgets, stop } = open({});
    await begin(1);
    budgets.pause();
    const waiting = begin(1);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  test('a budget lets a page be finished for some seconds more after the signal to stop', async () => {
    const { begin, clock, stop } = open({ write: 10 });
    (await begin(1))?.answered({ ConsumedCapacity: [{ TableName: 'T', CapacityUnits: 20 }] });
    const soon = begin(1);
    stop.abort();
    await clock.advance(4_000, settle);
    (await soon)?.answered({ ConsumedCapacity: [{ TableName: 'T', CapacityUnits: 1_000 }] });
    const late = begin(1);
    const outcome = late.catch((error: unknown) => error);
    await clock.advance(2_000, settle);
    expect(await outcome).toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('throttling', () => {
  test.each([
    { writers: 4, latencyMs: 5 },
    { writers: 16, latencyMs: 5 },
    { writers: 16, latencyMs: 40 },
    { writers: 64, latencyMs: 5 },
  ])('$writers writers at $latencyMs ms use 95 % of a capacity, and 1 % of requests is throttled', async (how) => {
    const seconds = await simulate({ capacity: 1_000, seconds: 60, random: pseudoRandom(3), ...how });
    expect(sumOf(seconds, 'units')).toBeGreaterThanOrEqual(0.95 * 60_000);
    expect(share(seconds.slice(5))).toBeLessThanOrEqual(0.01);
  });

  test('absorbs a drop to half within 5 s', async () => {
    const capacity = (second: number) => (second < 30 ? 1_000 : 500);
    const seconds = await simulate({ capacity, seconds: 60, writers: 16, random: pseudoRandom(5) });
    const after = seconds.slice(35);
    expect(share(after)).toBeLessThanOrEqual(0.01);
    expect(sumOf(after, 'units')).toBeGreaterThanOrEqual(0.95 * 500 * after.length);
  });

  test('goes by its share, however few or many the requests are, and leaves single keys that are hot alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 500, max: 15_000 }),
        fc.integer({ min: 8, max: 64 }),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(0, 0.002),
        fc.integer(),
        async (capacity, writers, latencyMs, refused, seed) => {
          // More than the writers could send would be nobody's fault.
          fc.pre((writers * 25 * 1_000) / latencyMs > 3 * capacity);
          const random = pseudoRandom(seed);
          const seconds = await simulate({ capacity, seconds: 70, writers, latencyMs, refused, random });
          const settled = seconds.slice(15);
          const used = sumOf(settled, 'units') / (capacity * settled.length);
          expect(used).toBeGreaterThanOrEqual(refused > 0 ? 0.85 : 0.95);
          expect(share(settled)).toBeLessThanOrEqual(refused > 0 ? 0.03 : 0.02);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  }, 20_000);

  test('finds a capacity that was raised', async () => {
    const capacity = (second: number) => (second < 20 ? 500 : 1_000);
    const seconds = await simulate({ capacity, seconds: 80, writers: 16, random: pseudoRandom(5) });
    expect(sumOf(seconds.slice(50), 'units')).toBeGreaterThanOrEqual(0.95 * 1_000 * 30);
  });

  test('is told apart from a budget', async () => {
    const reasons: (string | undefined)[] = [];
    const onSecond = (budgets: ReturnType<typeof openBudgets>) => reasons.push(budgets.states()[0]?.slowedBy);
    await simulate({ limits: { write: 500 }, capacity: 1_000, seconds: 10, writers: 8, onSecond });
    expect(new Set(reasons.slice(1))).toEqual(new Set(['budget']));
    reasons.length = 0;
    await simulate({ limits: { write: 5_000 }, capacity: 1_000, seconds: 10, writers: 8, onSecond });
    expect(new Set(reasons.slice(1))).toEqual(new Set(['throttling']));
  });
});

function inputOf(items: number, request: object = {}) {
  return { RequestItems: { T: Array.from({ length: items }, () => request) } };
}

function open(limits: Limits, onDemand = {}, more: Partial<Parameters<typeof openBudgets>[0]> = {}) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const describe = async () => ({ TableName: 'T' });
  const budgets = openBudgets({ clock, limits, onDemand, describe, signal: stop.signal, ...more });
  const begin = (items: number, request?: object) =>
    budgets.begin({ operation: 'BatchWriteItem', input: inputOf(items, request), priority: 'patient' });
  return { clock, budgets, begin, stop };
}
