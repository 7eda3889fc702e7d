import { randomUUID } from 'node:crypto';
import { throwIfStopped } from '../errors.js';
import type { Actor } from './actor.js';
import { type Clock, isoNow, systemClock } from './clock.js';
import { isAliveHere, Lease } from './lease.js';
import { lockHeld } from './lock-held.js';
import { asHeld, FREED, identityOf, LOCK_KEY, type LockRow } from './lock-row.js';
import type { MetaTable } from './meta-table.js';
import type { Row, RowKey } from './row-store.js';

export interface AcquireLockOptions {
  readonly table: MetaTable;
  /** Which lock; its tokens are its own. Default: the one that every command takes which writes. */
  readonly key?: RowKey | undefined;
  readonly actor: Actor;
  /** The command that will run under the lock, for others to read: `migrate up`. */
  readonly command: string;
  /** How long the holder may be silent before others take over. */
  readonly leaseMs: number;
  /** How long to wait for another holder; 0 looks once. To outlive a dead holder it must exceed that one's lease. */
  readonly timeoutMs: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Called at each look at a lock that another one holds. */
  readonly onWait?: ((holder: LockRow, waitedMs: number) => void) | undefined;
  /** Only one process at a time can have the data open, so a holder that is not in this process is dead. */
  readonly exclusiveEngine?: boolean | undefined;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly uuid?: () => string;
}

const POLL_MS = 1_000;

/**
 * Takes the lock, waiting for its holder if there is one.
 *
 * A holder counts as dead when its row stood still for its whole lease as seen by this process's own monotonic clock;
 * no time that another machine wrote is compared with ours.
 *
 * @throws MigrateError LOCK_HELD after `timeoutMs`, INTERRUPTED when `signal` aborts.
 */
export async function acquireLock(options: AcquireLockOptions): Promise<Lease> {
  const { table, key = LOCK_KEY, timeoutMs, signal, onWait, exclusiveEngine = false } = options;
  const { clock = systemClock, random = Math.random, uuid = randomUUID } = options;
  const holder = uuid();
  const startedAt = clock.monotonic();
  let standing: { readonly lock: LockRow; readonly since: number } | undefined;
  let sentAt = startedAt;

  for (;;) {
    throwIfStopped(signal, 'interrupted while waiting for the lock');
    const row = await table.get(key);
    const lock = asHeld(row);
    const now = clock.monotonic();
    // Our own write did it, but its answer was lost and the SDK's repetition was refused.
    if (lock?.holder === holder) return lease(lock.token);

    if (lock) {
      if (!standing || !isSame(standing.lock, lock)) standing = { lock, since: now };
      const stoodMs = now - standing.since;
      const isDead = stoodMs >= lock.leaseMs || (exclusiveEngine && !isAliveHere(lock.holder));
      if (!isDead) {
        const waitedMs = now - startedAt;
        if (waitedMs >= timeoutMs) throw lockHeld(lock, { waitedMs, wall: clock.wall() });
        onWait?.(lock, waitedMs);
        const pollMs = Math.min(POLL_MS * (0.75 + random() / 2), lock.leaseMs / 4);
        // Never 0: a fraction of a millisecond must not become a busy loop.
        const restMs = Math.max(1, Math.min(pollMs, timeoutMs - waitedMs, lock.leaseMs - stoodMs));
        await clock.sleep(restMs, { signal });
        continue;
      }
    }

    const token = (typeof row?.token === 'number' ? row.token : 0) + 1;
    sentAt = clock.monotonic();
    if (await take(row, token)) return lease(token);
    // Somebody else was faster; the next look tells who.
  }

  function lease(token: number): Lease {
    return new Lease({ table, key, clock, holder, token, leaseMs: options.leaseMs, sentAt });
  }

  async function take(seen: Row | undefined, token: number): Promise<boolean> {
    const { actor, command, leaseMs } = options;
    const at = isoNow(clock);
    const lock: LockRow = { ...actor, holder, token, beat: 0, leaseMs, command, acquiredAt: at, heartbeatAt: at };
    try {
      return await table.put({ ...lock, pk: key.pk, sk: key.sk }, { kind: 'equals', attributes: identityOf(seen) });
    } catch (error) {
      await freeQuietly(table, key, holder);
      throw error;
    }
  }
}

function isSame(a: LockRow, b: LockRow): boolean {
  return a.holder === b.holder && a.token === b.token && a.beat === b.beat;
}

/** A write that failed may have been made all the same: then nobody would keep that lock alive, or free it. */
async function freeQuietly(table: MetaTable, key: RowKey, holder: string): Promise<void> {
  try {
    await table.update(key, { set: FREED }, { kind: 'equals', attributes: { holder } });
  } catch {
    // It runs out by itself.
  }
}
