import { bindingOf } from '../../backfill/backfill-state.js';
import { countSegmentsAtOnce } from '../../dynamodb/segments-at-once.js';
import { MigrateError } from '../../errors.js';
import type { LedgerRow, Totals } from '../../ledger/rows.js';
import type { LockedMigrator } from '../migrator.js';
import { totalsOf } from '../read-progress.js';
import { startWorkers } from './backfill-execution.js';
import type { Move } from './move.js';
import { takePart } from './take-part.js';

export interface BackfillOptions {
  readonly row: LedgerRow;
  /** Items to come, as far as that is known. */
  readonly expected: number | undefined;
  readonly signal: AbortSignal;
  readonly assertSyncOn: () => Promise<void>;
}

/**
 * Copies every segment of the source through the transform, each from its checkpoint, together with whoever else works
 * on it. Each segment is fenced by a lease of its own; the lock of this command only says that it may begin and end
 * the phase.
 */
export async function backfillMove(
  migrator: LockedMigrator,
  move: Move,
  { row, expected, signal, assertSyncOn }: BackfillOptions,
): Promise<Totals> {
  const { lease, segments, obligations, settings } = migrator;
  const binding = bindingOf(row);
  // Rule 1, the stream before the scan: no worker finds a segment before the consumer was seen.
  await assertSyncOn();
  await segments.layOut(binding);
  const failed = new AbortController();
  const workers =
    settings.backfill === 'step-functions'
      ? await startWorkers(migrator, row, binding, (error) => failed.abort(error))
      : undefined;
  const atOnce = countSegmentsAtOnce();
  const positions = await takePart(migrator, move, {
    binding,
    expected,
    atOnce: () => (workers?.areRunning() ? 0 : atOnce()),
    signal: AbortSignal.any([signal, lease.signal, failed.signal]),
  })
    .catch((error: unknown) => {
      throw failed.signal.aborted ? failed.signal.reason : error;
    })
    .finally(() => workers?.leave());
  // Under the lock nobody else ends the phase.
  lease.assertHeld();
  if (!positions) {
    throw new MigrateError(
      'MIGRATION_UNFINISHED',
      'the backfill was ended, or its rows were removed, by somebody else',
      {
        migration: row.id,
        fix: 'see where it is with `migrate status`, then run `migrate up` again',
      },
    );
  }
  return totalsOf(positions, (await obligations.count(row.id, 'up')).quarantined);
}
