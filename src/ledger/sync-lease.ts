import { isMigrateError, MigrateError } from '../errors.js';
import { type AcquireLockOptions, acquireLock } from './acquire-lock.js';
import type { Lease } from './lease.js';
import type { RowKey } from './row-store.js';

export interface AcquireSyncLeaseOptions extends Omit<AcquireLockOptions, 'key'> {
  /** The migration's id. */
  readonly id: string;
}

/** The key of the lock of one move's live sync. It is not the lock of the commands: both are held for days. */
export function syncLockKey(id: string): RowKey {
  return { pk: 'lock', sk: `sync#${id}` };
}

/** Whether a lease is one of a live sync. */
export function isSyncLease({ lockKey }: Pick<Lease, 'lockKey'>): boolean {
  return lockKey.sk.startsWith(syncLockKey('').sk);
}

/**
 * Takes the lease of a move's live sync, of which one process at a time keeps the target aligned. A second one waits,
 * and takes over when the first is dead. Its tokens fence the positions in the stream.
 *
 * @throws MigrateError LOCK_HELD after `timeoutMs`, INTERRUPTED when `signal` aborts.
 */
export async function acquireSyncLease({ id, ...options }: AcquireSyncLeaseOptions): Promise<Lease> {
  try {
    return await acquireLock({ ...options, key: syncLockKey(id) });
  } catch (error) {
    if (!isMigrateError(error, 'LOCK_HELD')) throw error;
    throw new MigrateError('LOCK_HELD', `the live sync of \`${id}\` runs already: ${error.message}`, {
      migration: id,
      cause: error,
      fix: `wait for it, or stop it: one that is dead is replaced after ${Math.round(options.leaseMs / 1_000)} s of silence`,
    });
  }
}
