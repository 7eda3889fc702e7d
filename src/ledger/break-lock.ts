import { MigrateError } from '../errors.js';
import type { Actor } from './actor.js';
import { type Clock, systemClock } from './clock.js';
import type { History } from './history.js';
import { FREED, identityOf, LOCK_KEY, type LockRow, readLock } from './lock-row.js';
import type { MetaTable } from './meta-table.js';
import type { RowKey } from './row-store.js';

export interface BreakLockOptions {
  readonly table: MetaTable;
  /** Which lock. Default: the one that every command takes which writes. */
  readonly key?: RowKey | undefined;
  readonly history: History;
  /** Why; kept in the history. */
  readonly reason: string;
  readonly actor: Actor;
  /** The lock as it was shown to the person who decided; read now if left out. */
  readonly expected?: LockRow | undefined;
  readonly clock?: Clock;
}

/**
 * Frees a lock whose holder is dead, and answers what it broke; undefined if the lock was free. The token stays, so
 * that the former holder cannot write once the next one has begun.
 *
 * @throws MigrateError REASON_REQUIRED; LOCK_HELD if the holder showed a sign of life since `expected` was read.
 */
export async function breakLock(options: BreakLockOptions): Promise<LockRow | undefined> {
  const { table, key = LOCK_KEY, history, reason, actor, clock = systemClock } = options;
  if (reason.trim() === '') {
    throw new MigrateError('REASON_REQUIRED', 'breaking a lock needs a reason', {
      fix: 'migrate unlock --reason "…"',
    });
  }
  const lock = options.expected ?? (await readLock(table, key));
  if (!lock) return undefined;

  const freed = await table.update(key, { set: FREED }, { kind: 'equals', attributes: identityOf(lock) });
  if (!freed) {
    const now = await readLock(table, key);
    if (!now) return undefined;
    throw isAlive(now, clock);
  }
  const { host, pid, user, ciUrl, command, token, acquiredAt, heartbeatAt } = lock;
  await history.append({
    action: 'unlock',
    by: actor,
    reason,
    details: { host, pid, user, ciUrl, command, token, acquiredAt, heartbeatAt },
  });
  return lock;
}

function isAlive(lock: LockRow, clock: Clock): MigrateError {
  return new MigrateError(
    'LOCK_HELD',
    `the lock was not broken: \`${lock.user}\` on \`${lock.host}\` (pid ${lock.pid}, \`${lock.command}\`) ` +
      `gave a sign of life or took it since you looked (now ${new Date(clock.wall()).toISOString()})`,
    { fix: 'stop that process first, or wait for it; see `migrate status`' },
  );
}
