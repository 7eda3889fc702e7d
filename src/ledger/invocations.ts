import { randomUUID } from 'node:crypto';
import { throwIfStopped } from '../errors.js';
import { acquireLock } from './acquire-lock.js';
import { type Clock, systemClock } from './clock.js';
import type { Lease } from './lease.js';
import { asHeld, identityOf, type LockRow } from './lock-row.js';
import type { MetaTable } from './meta-table.js';
import type { RowKey } from './row-store.js';
import type { Direction } from './rows.js';

/** One invocation of a Lambda function that keeps the tables of a move level. */
export interface Invocation {
  /** Each invocation has its own: many run at once, and none keeps another one out. */
  readonly lease: Lease;
  /** Removes its row. Never throws: what is left of it runs out by itself. */
  readonly end: () => Promise<void>;
}

export interface BeginInvocationOptions {
  readonly table: MetaTable;
  /** The migration's id. */
  readonly id: string;
  readonly direction: Direction;
  /** The name of the function, for people to read. */
  readonly functionName: string;
  readonly leaseMs: number;
  readonly clock?: Clock;
  readonly uuid?: () => string;
}

/**
 * Writes down that an invocation is at work, before it looks at the phase of its move. Whoever ends a direction changes
 * the phase first and looks for invocations then, so one of the two always sees the other.
 */
export async function beginInvocation(options: BeginInvocationOptions): Promise<Invocation> {
  const { table, id, direction, functionName, leaseMs, clock = systemClock, uuid = randomUUID } = options;
  const key: RowKey = { pk: partitionOf(id), sk: `${direction}#${uuid()}` };
  const lease = await acquireLock({
    table,
    key,
    leaseMs,
    clock,
    uuid,
    timeoutMs: 0,
    actor: { host: functionName, pid: 0, user: 'lambda' },
    command: `sync ${direction}`,
  });
  return {
    lease,
    async end() {
      try {
        if (await lease.release())
          await table.delete(key, { kind: 'equals', attributes: { holder: undefined, token: lease.token } });
      } catch {
        // A row without a holder hinders nobody, one with a holder for as long as its lease.
      }
    },
  };
}

export interface EndInvocationsOptions {
  readonly table: MetaTable;
  readonly id: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((running: LockRow) => void) | undefined;
}

const lookEveryMs = 500;

/**
 * Resolves when no invocation that saw the former phase of a move can write any more. One that takes longer than its
 * lease is cut off: its row is deleted, its next heartbeat refused, and after one more lease it has stopped.
 *
 * The phase has to be changed before.
 */
export async function endInvocations({ table, id, clock, signal, onWait }: EndInvocationsOptions): Promise<void> {
  /** When each was seen first, and when as it is now; all by this process's own clock. */
  const seen = new Map<string, { readonly first: number; readonly lock: LockRow; readonly since: number }>();
  /** Until when an invocation that was cut off may go on. */
  let cutOffUntil = Number.NEGATIVE_INFINITY;
  let isFirst = true;
  for (;;) {
    throwIfStopped(signal, 'stopped while invocations of the sync function ended');
    let running = 0;
    for await (const row of table.query(partitionOf(id))) {
      const now = clock.monotonic();
      const { pk, sk } = row;
      const lock = asHeld(row);
      const before = seen.get(sk);
      const isSame = lock && before && before.lock.holder === lock.holder && before.lock.beat === lock.beat;
      if (lock && !isSame) seen.set(sk, { first: before?.first ?? now, lock, since: now });
      const { first = now, since = now } = seen.get(sk) ?? {};
      const isDead = !lock || now - since >= lock.leaseMs;
      const isLate = lock !== undefined && now - first >= lock.leaseMs;
      if (isDead || isLate) {
        const deleted = await table.delete({ pk, sk }, { kind: 'equals', attributes: identityOf(row) });
        if (deleted && !isDead) cutOffUntil = Math.max(cutOffUntil, clock.monotonic() + lock.leaseMs);
        if (!deleted) running += 1;
      } else {
        running += 1;
        if (isFirst) onWait?.(lock);
        isFirst = false;
      }
    }
    const restMs = cutOffUntil - clock.monotonic();
    if (running === 0 && restMs <= 0) return;
    await clock.sleep(running > 0 ? lookEveryMs : restMs, { signal });
  }
}

function partitionOf(id: string): string {
  return `lambda#${id}`;
}
