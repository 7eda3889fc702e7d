import { backfillStateOf } from '../../backfill/backfill-state.js';
import { describeTable } from '../../dynamodb/describe-table.js';
import { isMigrateError, throwIfStopped } from '../../errors.js';
import type { Totals } from '../../ledger/rows.js';
import type { Migrator } from '../migrator.js';
import { totalsOf } from '../read-progress.js';
import type { Move } from './move.js';
import { takePart } from './take-part.js';

const lookMs = 1_000;

/**
 * Helps with the backfill of a move, beside the command that holds the lock, or without one; waits for it to begin, and
 * ends with it. What stops this process leaves the segments that it had to the others.
 *
 * @throws MigrateError `INTERRUPTED`; whatever stops a segment.
 */
export async function workMove(migrator: Migrator, move: Move): Promise<Totals | undefined> {
  const { clock, ledger, signal, emit } = migrator;
  const { id, source } = move;
  let said: string | undefined;
  const say = (message: string) => {
    if (message !== said) emit({ type: 'note', message });
    said = message;
  };
  for (;;) {
    throwIfStopped(signal, 'the work on the backfill was stopped');
    const row = await ledger.get(id);
    const state = backfillStateOf(row);
    if (state.kind === 'over') {
      say(`the backfill of ${id} is not under way: there is nothing to work on`);
      return undefined;
    }
    const { binding } = state.kind === 'open' ? state : {};
    const isLaidOut = binding && (await migrator.segments.list(binding)).length === binding.totalSegments;
    if (!isLaidOut) {
      say(`waiting: ${id} is in its phase ${row?.phase ?? row?.state}`);
      await clock.sleep(lookMs, { signal });
      continue;
    }
    say(`working on the ${binding.totalSegments} segments of ${id}; Ctrl-C leaves them to the others`);
    const closed = new AbortController();
    const ended = new AbortController();
    const watching = watchPhase(migrator, id, closed, ended.signal);
    try {
      const expected = (await describeTable(migrator.client, source.tableName)).ItemCount || undefined;
      const stopped = AbortSignal.any([signal, closed.signal]);
      const positions = await takePart(migrator, move, { binding, expected, signal: stopped });
      if (positions) return totalsOf(positions, 0);
    } catch (error) {
      if (!closed.signal.aborted || !isMigrateError(error, 'INTERRUPTED')) throw error;
    } finally {
      ended.abort();
      await watching;
    }
  }
}

/** A worker has no lock: the row of the move says when it has to stop. */
async function watchPhase(
  { clock, ledger }: Migrator,
  id: string,
  closed: AbortController,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted && !closed.signal.aborted) {
    await clock.sleep(lookMs, { signal: ended });
    if (ended.aborted) return;
    const row = await ledger.get(id).catch(() => 'unknown' as const);
    if (row !== 'unknown' && backfillStateOf(row).kind !== 'open') closed.abort();
  }
}
