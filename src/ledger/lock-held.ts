import { MigrateError } from '../errors.js';
import type { LockRow } from './lock-row.js';

export interface LockHeldContext {
  readonly waitedMs: number;
  /** This machine's wall time, to tell how old the last heartbeat looks from here. */
  readonly wall: number;
}

/** The error that tells who holds the lock, and what can be done. */
export function lockHeld(lock: LockRow, { waitedMs, wall }: LockHeldContext): MigrateError {
  const waited = waitedMs >= 1_000 ? ` (waited ${seconds(waitedMs)})` : '';
  const ci = lock.ciUrl === undefined ? '' : `, CI run ${lock.ciUrl}`;
  const silentMs = wall - Date.parse(lock.heartbeatAt);
  const silence = silentMs > lock.leaseMs ? `, no heartbeat for ${seconds(silentMs)} by this machine's clock` : '';
  return new MigrateError(
    'LOCK_HELD',
    `the lock is held by \`${lock.user}\` on \`${lock.host}\` (pid ${lock.pid}) for \`${lock.command}\` ` +
      `since ${lock.acquiredAt}${ci}${silence}${waited}`,
    {
      fix:
        `wait for it: a holder that is dead is replaced by itself after ${seconds(lock.leaseMs)} of silence, if ` +
        '`--lock-timeout` is longer than that; only if it is really dead: `migrate unlock --reason "…"`',
    },
  );
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
