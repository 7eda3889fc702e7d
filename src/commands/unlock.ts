import { setTimeout as delay } from 'node:timers/promises';
import { throwIfStopped } from '../errors.js';
import { breakLock } from '../ledger/break-lock.js';
import type { LockRow } from '../ledger/lock-row.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { requireReason } from './require-reason.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import type { Session } from './session.js';

export interface UnlockOptions extends CommandOptions {
  /** Why; kept in the history. */
  readonly reason?: string | undefined;
}

/**
 * Frees the lock of a process that is dead, without waiting for its lease to run out. A holder that shows a sign of
 * life meanwhile keeps it.
 */
export function unlock(options: UnlockOptions): Promise<Report> {
  return reportOrThrow(runUnlock(options));
}

export function runUnlock(options: UnlockOptions): Promise<Outcome> {
  return runCommand('unlock', options, async (session) => {
    const reason = requireReason(options.reason, 'unlock');
    const { metaTable, history, actor } = session.migrator;
    await session.consent();
    const lock = await session.lock();
    if (lock && session.settings.engine?.kind !== 'dynalite') await watchForLife(session, lock);
    const broken = lock && (await breakLock({ table: metaTable, history, reason, actor, expected: lock }));
    if (!broken) session.warn('the lock was free');
    return { next: [{ why: 'go on', command: session.commandLine('up') }] };
  });
}

/**
 * A live holder writes its row three times a lease. What would be taken for dead is looked at for a little longer than
 * that; `breakLock` then refuses a row that moved. dynalite admits one process, so there is no other holder.
 */
async function watchForLife({ migrator }: Session, { leaseMs, host, pid }: LockRow): Promise<void> {
  const waitMs = leaseMs / 3 + Math.max(1_000, leaseMs / 10);
  migrator.emit({
    type: 'note',
    message: `watching for a sign of life of pid ${pid} on ${host} for ${Math.ceil(waitMs / 1_000)} s`,
  });
  await delay(waitMs, undefined, { signal: migrator.signal }).catch(() => undefined);
  throwIfStopped(migrator.signal, 'stopped before the lock was freed');
}
