import { runSync } from '../migrator/move/run-sync.js';
import { findMove } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface SyncRunOptions extends CommandOptions {
  readonly id: string;
}

/**
 * Follows the stream of a move and keeps its tables level, until the move ends or `signal` aborts. Takes no lock: the
 * other commands work beside it.
 */
export function syncRun(options: SyncRunOptions): Promise<Report> {
  return reportOrThrow(runSyncRun(options));
}

export function runSyncRun(options: SyncRunOptions): Promise<Outcome> {
  const { id, lockTimeout = 60 } = options;
  return runCommand('sync run', options, async (session) => {
    const { migrator } = session;
    await session.consent();
    await migrator.metaTable.ensure();
    const { move } = await findMove(session, id, await session.rows());
    await runSync(migrator, move, { timeoutMs: lockTimeout * 1_000, signal: migrator.signal });
    return {};
  });
}
