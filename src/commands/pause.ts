import { findControlled, tellWhoObeys } from './control-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface PauseOptions extends CommandOptions {
  readonly id: string;
  /** Why, for whoever wonders; kept in the history. */
  readonly reason?: string | undefined;
}

/**
 * Has a migration read and write nothing more until `resume`, wherever it runs. Its process keeps the lock, and its
 * live sync goes on. One that does not run yet stops at its first item.
 *
 * @throws MigrateError `UNKNOWN_MIGRATION`; `USAGE` for one that is applied, or consists of steps.
 */
export function pause(options: PauseOptions): Promise<Report> {
  return reportOrThrow(runPause(options));
}

export function runPause(options: PauseOptions): Promise<Outcome> {
  const { id, reason } = options;
  return runCommand('pause', options, async (session) => {
    const { actor, controls, history, metaTable } = session.migrator;
    await findControlled(session, id);
    // No consent is asked for, in a protected environment either: who wants to stop something is in a hurry.
    await session.announce();
    await metaTable.ensure();
    const { paused } = await controls.change(id, (now) => ({ paused: controls.mark(actor, reason), ...now }));
    if (paused) {
      session.warn(`${id} was paused before, by ${paused.by.user}@${paused.by.host} at ${paused.at}`);
    } else {
      await history.append({ action: 'pause', id, by: actor, reason });
      session.done.push(id);
      await tellWhoObeys(session, id, 'paused');
    }
    return { next: [{ why: 'let it go on', command: session.commandLine(`resume ${id}`) }] };
  });
}
