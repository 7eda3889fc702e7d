import type { LockedMigrator } from '../migrator.js';
import { endFunctions } from './end-functions.js';
import type { Move } from './move.js';
import { takeSyncLease } from './with-sync.js';

/** How long a live sync of an earlier attempt has to notice that its phase is over. */
const noticeMs = 10_000;

/**
 * Forgets the positions in streams: their numbers are those of a stream that is gone, or of a move that begins anew.
 * Under the lease that fences them, so no process still follows, and no deployed function.
 */
export async function clearFollowing(migrator: LockedMigrator, move: Pick<Move, 'id'>): Promise<void> {
  const { streamCheckpoints, syncStatus, settings } = migrator;
  const lease = await takeSyncLease(migrator, move, { timeoutMs: settings.leaseMs + noticeMs });
  try {
    await endFunctions(migrator, move);
    await streamCheckpoints.clear(lease, move.id);
    await syncStatus.clear(lease, move.id);
  } finally {
    await lease.release();
  }
}
