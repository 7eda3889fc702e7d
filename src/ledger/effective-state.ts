import type { LockRow } from './lock-row.js';
import type { LedgerRow, MigrationState } from './rows.js';

/**
 * What a reader should call a row's state: a run that nobody is running is `interrupted`, whatever its row says.
 *
 * The heartbeat's age compares the holder's clock with the reader's, so it is only good enough to show; nobody may
 * take a lock because of it.
 *
 * @param now milliseconds since 1970 by the reader's clock
 */
export function effectiveState(
  row: Pick<LedgerRow, 'state' | 'token'>,
  lock: Pick<LockRow, 'token' | 'heartbeatAt' | 'leaseMs'> | undefined,
  now: number,
): MigrationState {
  if (row.state !== 'running' && row.state !== 'reverting') return row.state;
  const isAlive =
    lock !== undefined && lock.token === row.token && now - Date.parse(lock.heartbeatAt) <= 2 * lock.leaseMs;
  return isAlive ? row.state : 'interrupted';
}
