import { expect, test } from 'vitest';
import { isWatching, openLambdaWatches, vouchesSince } from '../../src/ledger/lambda-watch.js';
import { FakeClock } from './fake-clock.js';
import { memoryTable } from './memory-table.js';

const hour = 3_600_000;
const watch = {
  mapping: 'm1',
  state: 'Enabled',
  streamArn: 'arn:stream',
  checksum: 's1:x',
  functionName: 'sync',
  toolVersion: '0',
};

function world() {
  const clock = new FakeClock();
  const watches = openLambdaWatches({ table: memoryTable(), clock });
  const after = async (ms: number, change: Partial<typeof watch> = {}) => {
    await clock.advance(ms, async () => undefined);
    await watches.save('002', 'up', { ...watch, ...change });
    const stored = await watches.get('002', 'up');
    if (!stored) throw new Error('nothing is stored');
    return stored;
  };
  return { clock, after, watching: (stored: Awaited<ReturnType<typeof after>>) => look(stored, clock.wall()) };
}

const look = (stored: Parameters<typeof isWatching>[0], now: number) =>
  isWatching(stored, { streamArn: 'arn:stream', now });

test('a function that spoke a moment ago is there, until it is silent or its mapping is off', async () => {
  const { clock, after } = world();
  const stored = await after(0);
  expect(look(stored, clock.wall() + 4 * 60_000)).toBe(true);
  expect(look(stored, clock.wall() + 6 * 60_000)).toBe(false);
  expect(look(await after(60_000, { state: 'Disabled' }), clock.wall())).toBe(false);
  expect(isWatching(stored, { streamArn: 'arn:another', now: clock.wall() })).toBe(false);
});

test('it vouches for what came since a day before it was seen first, as its mapping began at the oldest record', async () => {
  const { clock, after } = world();
  const began = clock.wall();
  const stored = await after(0);
  expect(vouchesSince(stored, began - 22 * hour)).toBe(true);
  expect(vouchesSince(stored, began - 24 * hour)).toBe(false);
  const later = await after(22 * hour).then(() => after(22 * hour));
  expect(vouchesSince(later, began - 22 * hour)).toBe(true);
});

test.each([
  ['was silent for a day', {}, {}],
  ['has another mapping', { hours: 1 }, { mapping: 'm2' }],
  ['follows another stream', { hours: 1 }, { streamArn: 'arn:another' }],
])('one that %s vouches from then on only', async (_text, { hours = 24 }: { hours?: number }, change) => {
  const { clock, after } = world();
  const began = clock.wall();
  await after(0);
  const stored = await after(hours * hour, change);
  expect(stored.since).toBe(began + hours * hour);
});

test('a mapping that is off for a day is a day without one, however often it is asked', async () => {
  const { clock, after } = world();
  await after(0);
  for (let passed = 0; passed < 24; passed++) await after(hour, { state: 'Disabled' });
  const stored = await after(60_000);
  expect(clock.wall() - stored.since).toBeLessThan(2 * hour);
  // Off for an hour, nothing has expired.
  const { since } = stored;
  await after(hour, { state: 'Disabled' });
  expect((await after(60_000)).since).toBe(since);
});
