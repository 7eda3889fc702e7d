import { checkBudgets } from '../migrator/check-budgets.js';
import { heedControl } from '../migrator/heed-control.js';
import { workMove } from '../migrator/move/work-move.js';
import { findMove } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface WorkOptions extends CommandOptions {
  readonly id: string;
}

/**
 * Works on the backfill of a move beside `up`, on this or another machine, until it is done or `signal` aborts. Takes no
 * lock: any number of these may run.
 */
export function work(options: WorkOptions): Promise<Report> {
  return reportOrThrow(runWork(options));
}

export function runWork(options: WorkOptions): Promise<Outcome> {
  const { id } = options;
  return runCommand('work', options, async (session) => {
    const { migrator } = session;
    await session.consent();
    const { move } = await findMove(session, id, await session.rows());
    const startedAt = migrator.clock.monotonic();
    await checkBudgets(migrator, move.definition);
    const totals = await heedControl(migrator, id, () => workMove(migrator, move));
    if (totals) {
      const elapsedMs = migrator.clock.monotonic() - startedAt;
      migrator.emit({ type: 'finished', id, kind: 'move', direction: 'up', totals, elapsedMs });
    }
    return {};
  });
}
