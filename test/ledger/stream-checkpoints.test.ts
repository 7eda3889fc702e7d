import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ShardCheckpoints } from '../../src/dynamodb/streams/shard-checkpoints.js';
import { breakLock } from '../../src/ledger/break-lock.js';
import { openHistory } from '../../src/ledger/history.js';
import { readLock } from '../../src/ledger/lock-row.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { openStreamCheckpoints, type StreamCheckpoints } from '../../src/ledger/stream-checkpoints.js';
import { acquireSyncLease, syncLockKey } from '../../src/ledger/sync-lease.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { fenceOf, leaseLost } from './fences.js';
import { lockWorld, someone, watch } from './lock-world.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let checkpoints: StreamCheckpoints;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  stored = openMetaTable({ client: dynalite.client, tableName: `stream-checkpoints-${tables}` });
  await stored.ensure();
  checkpoints = openStreamCheckpoints({ table: stored });
});

const binding = { id: '002-move', direction: 'up', streamArn: 'arn:1' } as const;
const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const begun = { shardId: 'shard-1', parentShardId: 'shard-0', done: false, savedAt: at };
const half = { ...begun, sequenceNumber: '000000000000000000051', savedAt: at + 1 };

describe('positions in a stream', () => {
  it('come back as they were saved, shard by shard', async () => {
    const bound: ShardCheckpoints = checkpoints.bind(fenceOf(1), binding);
    expect(await bound.load()).toEqual({ positions: [], formerStreamArn: undefined });
    await bound.save(begun);
    await bound.save({ shardId: 'shard-0', done: true, savedAt: at });
    await bound.save(half);
    const again = await checkpoints.bind(fenceOf(2), binding).load();
    expect(again.positions).toEqual([
      { binding, shardId: 'shard-0', done: true, savedAt: at },
      { binding, ...half },
    ]);
    await bound.save(begun).catch(() => undefined);
    expect(await checkpoints.list(binding.id)).toEqual(again.positions);
  });

  it('can go back to the oldest record', async () => {
    const bound = checkpoints.bind(fenceOf(1), binding);
    await bound.save(half);
    await bound.save({ ...half, sequenceNumber: undefined });
    expect((await bound.load()).positions).toEqual([{ binding, ...begun, savedAt: at + 1 }]);
  });

  it('cannot be saved or forgotten by a former holder once the next one has loaded them', async () => {
    const zombie = checkpoints.bind(fenceOf(1), binding);
    await zombie.save(half);
    const next = checkpoints.bind(fenceOf(2), binding);
    await next.load();
    await expect(zombie.save({ ...half, sequenceNumber: '9' })).rejects.toMatchObject(leaseLost);
    await expect(zombie.save(half, 'trimmed')).rejects.toMatchObject(leaseLost);
    await expect(zombie.forget('shard-1')).rejects.toMatchObject(leaseLost);
    expect((await next.load()).positions).toEqual([{ binding, ...half }]);
  });

  it('are many', async () => {
    const bound = checkpoints.bind(fenceOf(1), binding);
    const ids = Array.from({ length: 60 }, (_, index) => `shard-${String(index).padStart(3, '0')}`);
    await Promise.all(ids.map((shardId) => bound.save({ shardId, done: false, savedAt: at })));
    expect((await checkpoints.bind(fenceOf(2), binding).load()).positions.map(({ shardId }) => shardId)).toEqual(ids);
  });

  it('are apart by move and direction, and tell of a stream before', async () => {
    const fence = fenceOf(1);
    await checkpoints.bind(fence, binding).save(half);
    await checkpoints.bind(fence, { ...binding, direction: 'down' }).save({ ...begun, shardId: 'back' });
    await checkpoints.bind(fence, { ...binding, id: '003-other' }).save({ ...begun, shardId: 'other' });
    expect(await checkpoints.bind(fence, { ...binding, streamArn: 'arn:2' }).load()).toEqual({
      positions: [],
      formerStreamArn: 'arn:1',
    });
    await checkpoints.clear(fence, binding.id, 'up');
    expect((await checkpoints.list(binding.id)).map(({ shardId }) => shardId)).toEqual(['back']);
    await checkpoints.clear(fence, binding.id);
    expect(await checkpoints.list(binding.id)).toEqual([]);
    expect(await checkpoints.list('003-other')).toHaveLength(1);
  });

  it('keep a gap until that very gap is cleared, and then go on', async () => {
    const bound = checkpoints.bind(fenceOf(1), binding);
    await bound.save(half, 'trimmed');
    await bound.save({ ...half, savedAt: at + 2 });
    const before = await checkpoints.list(binding.id);
    expect(before).toMatchObject([{ gap: { reason: 'trimmed', at: at + 1 }, savedAt: at + 2 }]);
    await bound.save({ ...half, savedAt: at + 3 }, 'shard-gone');
    await checkpoints.clearGaps(before);
    const after = await checkpoints.list(binding.id);
    expect(after).toMatchObject([{ gap: { reason: 'shard-gone', at: at + 3 } }]);
    await checkpoints.clearGaps(after);
    expect(await checkpoints.list(binding.id)).toEqual([{ binding, ...half, savedAt: at + 3 }]);
    await bound.save({ ...half, done: true });
    expect((await bound.load()).positions).toEqual([{ binding, ...half, done: true }]);
  });

  it('are forgotten one by one', async () => {
    const bound = checkpoints.bind(fenceOf(1), binding);
    await bound.save(half);
    await bound.forget('shard-1');
    expect(await checkpoints.list(binding.id)).toEqual([]);
  });
});

describe('the lease of a live sync', () => {
  const id = '002-move';

  it('is not the lock of the commands, nor that of another move', async () => {
    const world = lockWorld(stored);
    const { acquire, clock, table } = world.machine();
    const options = { table, clock, actor: someone, command: 'migrate sync run', leaseMs: 30_000, timeoutMs: 0 };
    const lock = await acquire();
    const sync = await acquireSyncLease({ ...options, id });
    const other = await acquireSyncLease({ ...options, id: '003-other' });
    expect([lock.token, sync.token, other.token]).toEqual([1, 1, 1]);
    expect((await readLock(stored, syncLockKey(id)))?.holder).toBe(sync.holder);
    await expect(acquireSyncLease({ ...options, id })).rejects.toMatchObject({
      code: 'LOCK_HELD',
      message: expect.stringContaining('the live sync of `002-move` runs already'),
    });
    expect(await sync.release()).toBe(true);
    expect(await readLock(stored, syncLockKey(id))).toBeUndefined();
    expect((await readLock(stored))?.holder).toBe(lock.holder);
    lock.assertHeld();
    const next = await acquireSyncLease({ ...options, id });
    expect(next.token).toBe(2);
    await breakLock({
      table: stored,
      key: syncLockKey(id),
      history: openHistory({ table: stored }),
      reason: 'test',
      actor: someone,
    });
    expect(await readLock(stored, syncLockKey(id))).toBeUndefined();
    await Promise.all([lock.release(), other.release()]);
  });

  it('is taken over from one that is dead, and the dead one’s rows tell it so', async () => {
    const world = lockWorld(stored);
    const dead = world.machine();
    const next = world.machine();
    const options = { actor: someone, command: 'migrate sync run', leaseMs: 30_000, timeoutMs: 600_000, id };
    const first = await acquireSyncLease({ ...options, table: dead.table, clock: dead.clock });
    const zombie = checkpoints.bind(first, binding);
    await zombie.save(half);
    const second = watch(acquireSyncLease({ ...options, table: next.table, clock: next.clock, random: () => 0.5 }));
    await world.pass(29_000, [dead.clock]);
    expect(second.value).toBeUndefined();
    await world.pass(5_000, [dead.clock]);
    expect(second.value?.token).toBe(2);
    const lease = second.value;
    if (!lease) return;
    await checkpoints.bind(lease, binding).load();
    await checkpoints.clear(lease, id);
    // The row is gone, so only the lock can tell: this lease's, not that of the commands.
    await expect(zombie.save(half)).rejects.toMatchObject(leaseLost);
    expect(await checkpoints.list(id)).toEqual([]);
    await lease.release();
  });
});
