import { breakLock } from '../ledger/break-lock.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { requireReason } from './require-reason.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface UnlockOptions extends CommandOptions {
  /** Why; kept in the history. */
  readonly reason?: string | undefined;
}

/**
 * Frees the lock of a process that is certainly dead, without waiting for its lease to run out. A holder that lives
 * after all notices, and stops before its next write.
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
    const broken = lock && (await breakLock({ table: metaTable, history, reason, actor, expected: lock }));
    if (!broken) session.warn('the lock was free');
    return { next: [{ why: 'go on', command: session.commandLine('up') }] };
  });
}
