import { isMigrateError, MigrateError } from '../../errors.js';
import { syncDirection } from '../../ledger/move-phase.js';
import { syncOrigin } from '../../ledger/origin.js';
import type { LedgerRow } from '../../ledger/rows.js';
import type { LockedMigrator } from '../migrator.js';
import type { Move } from './move.js';
import { openPorts } from './ports.js';
import { isOffline } from './prepare-move.js';
import { createSettler } from './settler.js';
import { noSync, takeSyncLease } from './with-sync.js';

const waitMs = 60_000;
const lookEveryMs = 1_000;

/**
 * Tries once more what is open of a move. Where another process follows the stream, that one settles, and is waited
 * for.
 */
export async function settleMove(migrator: LockedMigrator, move: Move, row: LedgerRow): Promise<void> {
  const { clock, obligations, signal } = migrator;
  const { id } = move;
  const direction = syncDirection(row);
  if (!direction) {
    const { quarantined, contested, reconcile, misshapen } = await obligations.count(id);
    if (quarantined + contested + reconcile + misshapen === 0) return;
    // Neither table may be written now, by whatever was open before.
    throw notNow(id, row);
  }
  if (isOffline(row)) return noSync(migrator, move, direction).settle();
  try {
    const lease = await takeSyncLease(migrator, move, { timeoutMs: 0 });
    try {
      const ports = openPorts(migrator, move, {
        direction,
        lease,
        origin: syncOrigin(lease),
        alone: 'but for functions',
      });
      await createSettler(migrator, move, ports).settle();
    } finally {
      await lease.release();
    }
  } catch (error) {
    if (!isMigrateError(error, 'LOCK_HELD')) throw error;
    migrator.emit({ type: 'note', message: `the live sync of ${id} tries them again; waiting for it` });
    const tried = await attemptsOf(migrator, id);
    const until = clock.monotonic() + waitMs;
    while (clock.monotonic() < until && !signal.aborted) {
      await clock.sleep(lookEveryMs, { signal });
      const { quarantined, contested } = await obligations.count(id);
      const now = await attemptsOf(migrator, id);
      // Each was tried, and met or added once more.
      if (quarantined + contested === 0 || [...now].every(([one, attempts]) => attempts > (tried.get(one) ?? 0)))
        return;
    }
  }
}

function notNow(migration: string, row: LedgerRow): MigrateError {
  return new MigrateError(
    'MIGRATION_UNFINISHED',
    `nothing of \`${migration}\` can be tried again in its phase ${row.phase ?? row.state}`,
    { migration, fix: `see what comes next with \`migrate status ${migration}\`` },
  );
}

async function attemptsOf({ obligations }: LockedMigrator, id: string): Promise<Map<string, number>> {
  const attempts = new Map<string, number>();
  for await (const { stored, attempts: count } of obligations.listAll(id)) {
    if (stored.obligation.kind !== 'reconcile') attempts.set(stored.id, count);
  }
  return attempts;
}
