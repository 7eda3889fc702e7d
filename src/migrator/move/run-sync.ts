import { throwIfStopped } from '../../errors.js';
import { syncDirection } from '../../ledger/move-phase.js';
import type { Direction, LedgerRow } from '../../ledger/rows.js';
import { isDone } from '../check-state.js';
import type { Migrator } from '../migrator.js';
import { followMove } from './follow-move.js';
import type { Move } from './move.js';
import { isOffline, streamOf } from './prepare-move.js';
import { takeSyncLease } from './with-sync.js';

export interface RunSyncOptions {
  /** How long to wait for another process that follows. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Keeps the tables of a move level as a process, through its phases: the source's stream until the cutover, the
 * target's after it. Waits where no direction may be followed for a while. Ends with the move, or by the signal.
 *
 * @throws MigrateError `LOCK_HELD` when another process follows; `LEASE_LOST`; `INTERRUPTED`.
 */
export async function runSync(migrator: Migrator, move: Move, { timeoutMs, signal }: RunSyncOptions): Promise<'ended'> {
  const { clock, ledger, emit } = migrator;
  const { id } = move;
  let said: string | undefined;
  const say = (message: string) => {
    if (message !== said) emit({ type: 'note', message });
    said = message;
  };
  let isFirst = true;
  for (;;) {
    throwIfStopped(signal, 'the live sync was stopped');
    const row = await ledger.get(id);
    if (!row || isDone(row)) {
      say(`${id} is ${row ? 'complete' : 'not under way'}: nothing is left to follow`);
      return 'ended';
    }
    if (isOffline(row)) {
      say(`${id} moves between tables without streams: there is nothing to follow`);
      return 'ended';
    }
    const direction = syncDirection(row);
    const streamArn = direction && streamOf(row, direction);
    if (direction === 'down' && streamArn === undefined) {
      say(`${id} has no way back: nothing is left to follow`);
      return 'ended';
    }
    if (!direction || streamArn === undefined) {
      say(`waiting: ${id} is in its phase ${row.phase ?? row.state}`);
      await clock.sleep(1_000, { signal });
      continue;
    }
    // Once it was ours, whoever has it now is a cutover, or a successor: worth waiting for.
    const lease = await takeSyncLease(migrator, move, {
      timeoutMs: isFirst ? timeoutMs : Number.POSITIVE_INFINITY,
    });
    isFirst = false;
    try {
      say(text(move, direction));
      const outcome = await followMove(migrator, move, { direction, streamArn, lease, signal });
      if (outcome === 'ended') await streamEnded(migrator, row, direction);
    } finally {
      await lease.release();
    }
  }
}

function text({ source, target }: Move, direction: Direction): string {
  const [from, to] = direction === 'up' ? [source, target] : [target, source];
  return `following the stream of ${from.tableName}, and keeping ${to.tableName} level with it; Ctrl-C stops it, and it can go on anywhere within 24 hours`;
}

/** Somebody switched the stream off. A cutover does so, and enters another phase at the same time. */
async function streamEnded(
  { clock, ledger, emit, signal }: Migrator,
  row: LedgerRow,
  direction: Direction,
): Promise<void> {
  await clock.sleep(2_000, { signal });
  const now = await ledger.get(row.id);
  if (syncDirection(now) !== direction || streamOf(now ?? row, direction) !== streamOf(row, direction)) return;
  emit({
    type: 'warning',
    message: `the stream that ${row.id} follows was switched off: what is written now reaches only one of the tables; \`migrate verify ${row.id} --repair\` follows a new one, and makes up for it`,
  });
  await clock.sleep(10_000, { signal });
}
