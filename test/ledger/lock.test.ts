import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MigrateError } from '../../src/errors.js';
import { breakLock } from '../../src/ledger/break-lock.js';
import { openHistory } from '../../src/ledger/history.js';
import { LOCK_KEY, readLock } from '../../src/ledger/lock-row.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { LEASE_MS, lockWorld, someone, watch } from './lock-world.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let world: ReturnType<typeof lockWorld>;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  stored = openMetaTable({ client: dynalite.client, tableName: `lock-${tables}` });
  await stored.ensure();
  world = lockWorld(stored);
});

describe('taking a free lock', () => {
  it('stores who holds it, and grows the token from lease to lease', async () => {
    const { acquire } = world.machine();
    const first = await acquire();
    expect(await readLock(stored)).toEqual({
      ...someone,
      holder: first.holder,
      token: 1,
      beat: 0,
      leaseMs: LEASE_MS,
      command: 'migrate up',
      acquiredAt: '2026-01-01T00:00:00.000Z',
      heartbeatAt: '2026-01-01T00:00:00.000Z',
    });
    expect(await first.release()).toBe(true);
    expect(await readLock(stored)).toBeUndefined();
    expect((await acquire()).token).toBe(2);
  });

  it('lets one of ten racers in', async () => {
    const racers = await Promise.allSettled(
      Array.from({ length: 10 }, () => world.machine().acquire({ timeoutMs: 0 })),
    );
    expect(racers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = racers.flatMap((racer) => (racer.status === 'rejected' ? [racer.reason.code] : []));
    expect(codes).toEqual(Array(9).fill('LOCK_HELD'));
  });

  it('is not fooled when the answer of its own write is lost and the repetition refused', async () => {
    const { acquire, table } = world.machine();
    const put = table.put;
    table.put = async (row, guard) => {
      await put(row, guard);
      return false;
    };
    const lease = await acquire({ timeoutMs: 0 });
    expect(lease.token).toBe(1);
    lease.assertHeld();
  });

  it('frees what it may have taken when the write fails', async () => {
    const { acquire, table } = world.machine();
    const put = table.put;
    table.put = async (row, guard) => {
      await put(row, guard);
      throw new Error('socket hang up');
    };
    await expect(acquire()).rejects.toThrow('socket hang up');
    expect(await readLock(stored)).toBeUndefined();
  });
});

describe('waiting', () => {
  it('looks once with timeoutMs 0, and says who, what, where and since when', async () => {
    await world.machine().acquire({ command: 'migrate down' });
    const error = await world
      .machine()
      .acquire({ timeoutMs: 0 })
      .catch((error) => error);
    expect(error).toMatchObject({ code: 'LOCK_HELD', exitCode: 3 });
    expect(error.message).toBe(
      'the lock is held by `ada` on `host-1` (pid 1) for `migrate down` since 2026-01-01T00:00:00.000Z, ' +
        'CI run https://ci.example/run/7',
    );
    expect(error.fix).toContain('migrate unlock --reason');
  });

  it('gives up after timeoutMs, and calls onWait from the first look on', async () => {
    await world.machine().acquire();
    const waits: number[] = [];
    const waiting = watch(
      world.machine().acquire({ timeoutMs: 5_000, onWait: (holder, waitedMs) => waits.push(holder.token, waitedMs) }),
    );
    await world.pass(4_000);
    expect(waiting).toEqual({});
    await world.pass(1_000);
    expect(waiting.error).toMatchObject({ code: 'LOCK_HELD', message: expect.stringContaining('(waited 5 s)') });
    expect(waits).toEqual([1, 0, 1, 1_000, 1, 2_000, 1, 3_000, 1, 4_000]);
  });

  it('goes on as soon as the holder releases', async () => {
    const first = await world.machine().acquire();
    const waiting = watch(world.machine().acquire());
    await world.pass(3_000);
    await first.release();
    await world.pass(1_000);
    expect(waiting.value?.token).toBe(2);
  });

  it('ends when its signal aborts', async () => {
    await world.machine().acquire();
    const stop = new AbortController();
    const waiting = watch(world.machine().acquire({ signal: stop.signal }));
    await world.pass(2_000);
    stop.abort(new MigrateError('INTERRUPTED', 'stopped by SIGTERM', { exitCode: 143 }));
    await world.settle();
    expect(waiting.error).toMatchObject({ code: 'INTERRUPTED', exitCode: 143 });
    await expect(world.machine().acquire({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

describe('a holder that is dead', () => {
  it('is replaced only when its row stood still for its lease', async () => {
    const dead = world.machine();
    await dead.acquire();
    const waiting = watch(world.machine().acquire());
    await world.settle();
    await world.pass(LEASE_MS - 1_000, [dead.clock]);
    expect(waiting).toEqual({});
    await world.pass(1_000, [dead.clock]);
    expect(waiting.value?.token).toBe(2);
  });

  it('is replaced by exactly one of two waiters', async () => {
    const dead = world.machine();
    await dead.acquire();
    const waiting = [world.machine(), world.machine()].map(({ acquire }) => watch(acquire({ timeoutMs: 60_000 })));
    await world.settle();
    await world.pass(LEASE_MS, [dead.clock]);
    expect(waiting.filter(({ value }) => value)).toHaveLength(1);
    await world.pass(60_000, [dead.clock]);
    expect(waiting.filter(({ value }) => value)).toHaveLength(1);
    expect(waiting.find(({ error }) => error)?.error).toMatchObject({ code: 'LOCK_HELD' });
  });

  it.each([-1, 1])('is judged without its clock, which is %i years off', async (years) => {
    const dead = world.machine(years * 365 * 86_400_000);
    await dead.acquire();
    const waiting = watch(world.machine().acquire());
    await world.settle();
    await world.pass(LEASE_MS - 1_000, [dead.clock]);
    expect(waiting).toEqual({});
    await world.pass(1_000, [dead.clock]);
    expect(waiting.value?.token).toBe(2);
  });

  it('is replaced at once under an exclusive engine, unless it lives in this very process', async () => {
    await stored.put(
      { ...LOCK_KEY, ...someone, holder: 'dead', token: 6, beat: 3, leaseMs: LEASE_MS },
      { kind: 'absent' },
    );
    const lease = await world.machine().acquire({ timeoutMs: 0, exclusiveEngine: true });
    expect(lease.token).toBe(7);
    const second = world.machine().acquire({ timeoutMs: 0, exclusiveEngine: true });
    await expect(second).rejects.toMatchObject({ code: 'LOCK_HELD' });
    await lease.release();
    expect((await world.machine().acquire({ timeoutMs: 0, exclusiveEngine: true })).token).toBe(8);
  });

  it('finds out that it was replaced, at its first heartbeat, and its release frees nothing', async () => {
    const zombie = world.machine();
    const old = await zombie.acquire();
    const waiting = watch(world.machine().acquire());
    await world.settle();
    await world.pass(LEASE_MS, [zombie.clock]);
    await zombie.clock.advance(LEASE_MS / 3, world.settle);
    expect(old.signal.aborted).toBe(true);
    expect(old.signal.reason).toMatchObject({ code: 'LEASE_LOST', message: expect.stringContaining('took it over') });
    expect(() => old.assertHeld()).toThrow('the lock was lost');
    expect(await old.release()).toBe(false);
    expect((await readLock(stored))?.holder).toBe(waiting.value?.holder);
  });
});

describe('a holder that lives', () => {
  it('is never replaced', async () => {
    const { acquire } = world.machine();
    const lease = await acquire();
    const waiting = watch(world.machine().acquire({ timeoutMs: 10 * LEASE_MS }));
    await world.pass(10 * LEASE_MS - 1_000);
    expect(waiting).toEqual({});
    lease.assertHeld();
    expect((await readLock(stored))?.beat).toBeGreaterThanOrEqual(29);
    await world.pass(2_000);
    expect(waiting.error).toMatchObject({ code: 'LOCK_HELD' });
  });

  it('is not replaced when it beats between the look and the takeover', async () => {
    const holder = world.machine();
    const lease = await holder.acquire();
    const waiter = world.machine();
    const put = waiter.table.put;
    waiter.table.put = async (row, guard) => {
      await holder.clock.advance(LEASE_MS / 3, world.settle.bind(undefined));
      return put(row, guard);
    };
    waiter.table.settle = async () => {};
    const waiting = watch(waiter.acquire());
    await world.settle();
    await world.pass(LEASE_MS, [holder.clock]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(waiting).toEqual({});
    lease.assertHeld();
    expect((await readLock(stored))?.holder).toBe(lease.holder);
  });

  it('survives a heartbeat whose answer is lost, and network errors that pass', async () => {
    const { acquire, table, clock } = world.machine();
    const lease = await acquire();
    const update = table.update;
    let calls = 0;
    table.update = async (...args) => {
      calls += 1;
      if (calls % 3 === 0) return update(...args);
      if (calls % 3 === 1) await update(...args);
      throw new Error('socket hang up');
    };
    await clock.advance(5 * LEASE_MS, world.settle);
    lease.assertHeld();
    expect(calls).toBeGreaterThan(20);
  });

  it('counts as lost before anybody may take over, when no heartbeat is acknowledged', async () => {
    const { acquire, table, clock } = world.machine();
    const lease = await acquire();
    table.update = () => Promise.reject(new Error('network is unreachable'));
    await clock.advance((LEASE_MS * 5) / 6 - 1, world.settle);
    lease.assertHeld();
    await clock.advance(1, world.settle);
    expect(lease.signal.reason).toMatchObject({ code: 'LEASE_LOST', message: expect.stringContaining('25 s') });
  });

  it('gives up a heartbeat that hangs, and tries again', async () => {
    const { acquire, table, clock } = world.machine();
    const lease = await acquire();
    const update = table.update;
    let calls = 0;
    table.update = (key, change, guard, options) => {
      calls += 1;
      if (calls > 1) return update(key, change, guard, options);
      return new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    };
    // The request that hangs is under way all the time, so there is no rest to wait for.
    table.settle = () => new Promise((resolve) => setTimeout(resolve, 20));
    await clock.advance(2 * LEASE_MS, table.settle);
    lease.assertHeld();
    expect(calls).toBeGreaterThan(3);
  });

  it('notices by its clock alone, when the process was stopped and no timer ran', async () => {
    const { acquire, clock } = world.machine();
    const lease = await acquire();
    const frozen = clock.monotonic();
    clock.monotonic = () => frozen + LEASE_MS;
    expect(() => lease.assertHeld()).toThrow('no heartbeat was acknowledged for 30 s');
    expect(lease.signal.aborted).toBe(true);
  });
});

describe('release', () => {
  it('waits for a heartbeat under way, and is no loss', async () => {
    const { acquire, table, clock } = world.machine();
    const lease = await acquire();
    const update = table.update;
    const order: string[] = [];
    let letGo = () => {};
    table.update = async (key, change, guard, options) => {
      const name = 'holder' in (change.set ?? {}) ? 'release' : 'heartbeat';
      order.push(`${name} begins`);
      if (name === 'heartbeat') await new Promise<void>((resolve) => (letGo = resolve));
      const answer = await update(key, change, guard, options);
      order.push(`${name} ends`);
      return answer;
    };
    table.settle = () => new Promise((resolve) => setTimeout(resolve, 20));
    await clock.advance(LEASE_MS / 3, table.settle);
    const releasing = lease.release();
    await table.settle();
    letGo();
    expect(await releasing).toBe(true);
    expect(order).toEqual(['heartbeat begins', 'heartbeat ends', 'release begins', 'release ends']);
    expect(lease.signal.aborted).toBe(false);
  });

  it('happens once, stops the heartbeat, and ends the right to write', async () => {
    const { acquire, clock, table } = world.machine();
    const lease = await acquire();
    expect(await Promise.all([lease.release(), lease.release()])).toEqual([true, true]);
    expect(() => lease.assertHeld()).toThrow('released by this process');
    table.update = () => Promise.reject(new Error('a request after the release'));
    await clock.advance(LEASE_MS, world.settle);
    expect(lease.signal.aborted).toBe(false);
  });

  it('does not throw when the endpoint is gone', async () => {
    const { acquire, table } = world.machine();
    const lease = await acquire();
    table.update = () => Promise.reject(new Error('connect ECONNREFUSED'));
    expect(await lease.release()).toBe(false);
  });
});

describe('breakLock', () => {
  const breaking = (options: { reason?: string; expected?: Awaited<ReturnType<typeof readLock>> } = {}) =>
    breakLock({
      table: stored,
      history: openHistory({ table: stored }),
      reason: 'job killed',
      actor: someone,
      ...options,
    });

  it('frees the lock, keeps the token, records it and says what it broke', async () => {
    const { acquire, clock } = world.machine();
    const lease = await acquire();
    const before = await readLock(stored);
    expect(await breaking()).toEqual(before);
    expect(await readLock(stored)).toBeUndefined();
    expect(await openHistory({ table: stored }).list()).toMatchObject([
      {
        action: 'unlock',
        by: someone,
        reason: 'job killed',
        details: { host: 'host-1', command: 'migrate up', token: 1 },
      },
    ]);
    await clock.advance(LEASE_MS / 3, world.settle);
    expect(lease.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    expect((await world.machine().acquire()).token).toBe(2);
  });

  it('does nothing to a free lock', async () => {
    expect(await breaking()).toBeUndefined();
    expect(await openHistory({ table: stored }).list()).toEqual([]);
  });

  it('refuses when the holder gave a sign of life since it was looked at', async () => {
    const { acquire, clock } = world.machine();
    await acquire();
    const expected = await readLock(stored);
    await clock.advance(LEASE_MS / 3, world.settle);
    await expect(breaking({ expected })).rejects.toMatchObject({ code: 'LOCK_HELD' });
    expect(await readLock(stored)).toBeDefined();
  });

  it('needs a reason', async () => {
    await expect(breaking({ reason: ' ' })).rejects.toMatchObject({ code: 'REASON_REQUIRED', exitCode: 8 });
  });
});
