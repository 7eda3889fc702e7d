import { expect, test } from 'vitest';
import { openLambdaWatches } from '../../src/ledger/lambda-watch.js';
import type { Lease } from '../../src/ledger/lease.js';
import { openStreamCheckpoints } from '../../src/ledger/stream-checkpoints.js';
import { vouchedCheckpoints } from '../../src/migrator/move/vouched-checkpoints.js';
import { FakeClock } from '../ledger/fake-clock.js';
import { memoryTable } from '../ledger/memory-table.js';

const id = '002';
const streamArn = 'arn:stream';
const hour = 3_600_000;
const watch = { mapping: 'm', state: 'Enabled', streamArn, checksum: 's1:x', functionName: 'sync', toolVersion: '0' };

/** A process comes back after two days, with a function that was there meanwhile, or was not. */
async function comeBack(tick: (hours: number) => Partial<typeof watch> | undefined) {
  const table = memoryTable();
  const clock = new FakeClock();
  const streamCheckpoints = openStreamCheckpoints({ table });
  const lambdaWatches = openLambdaWatches({ table, clock });
  const binding = { id, direction: 'up' as const, streamArn };
  let writes = 0;
  const lease = { token: 1, nextWrite: () => ++writes, assertHeld: () => undefined } as unknown as Lease;
  const open = () => vouchedCheckpoints({ streamCheckpoints, lambdaWatches, clock }, lease, binding);
  await open().save({ shardId: 's', done: false, savedAt: clock.wall() });
  for (let hours = 0; hours < 48; hours++) {
    await clock.advance(hour, async () => undefined);
    const change = tick(hours);
    if (change) await lambdaWatches.save(id, 'up', { ...watch, ...change });
  }
  const checkpoints = open();
  await checkpoints.load();
  return async (reason: string) => {
    await checkpoints.save({ shardId: 's', done: false, savedAt: clock.wall() }, reason);
    return (await streamCheckpoints.list(id))[0]?.gap?.reason;
  };
}

test('what expired while a function followed is no gap', async () => {
  const gapOf = await comeBack(() => ({}));
  expect(await gapOf('trimmed')).toBeUndefined();
  // Another stream is another mapping.
  expect(await gapOf('stream-replaced')).toBe('stream-replaced');
});

test.each([
  ['no function was there', () => undefined],
  ['one came after records could have expired', (hours: number) => (hours >= 30 ? {} : undefined)],
  ['it is gone by now', (hours: number) => (hours < 40 ? {} : undefined)],
  ['its mapping is off', (hours: number) => (hours < 47 ? {} : { state: 'Disabled' })],
  ['its mapping was off for a day', (hours: number) => (hours > 2 && hours < 28 ? { state: 'Disabled' } : {})],
  ['it follows another stream', () => ({ streamArn: 'arn:another' })],
])('it is one where %s', async (_text, tick) => {
  expect(await (await comeBack(tick))('trimmed')).toBe('trimmed');
});
