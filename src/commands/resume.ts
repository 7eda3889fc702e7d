import { findControlled, tellWhoObeys } from './control-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface ResumeOptions extends CommandOptions {
  readonly id: string;
}

/** Lets a paused migration go on. One that is not paused is left alone, with a warning. */
export function resume(options: ResumeOptions): Promise<Report> {
  return reportOrThrow(runResume(options));
}

export function runResume(options: ResumeOptions): Promise<Outcome> {
  const { id } = options;
  return runCommand('resume', options, async (session) => {
    const { actor, controls, history, metaTable } = session.migrator;
    await findControlled(session, id);
    await session.consent();
    await metaTable.ensure();
    const { paused } = (await controls.get(id)).paused
      ? await controls.change(id, ({ paused: _, ...now }) => now)
      : { paused: undefined };
    if (!paused) {
      session.warn(`${id} was not paused`);
      return {};
    }
    const { by, at } = paused;
    await history.append({ action: 'resume', id, by: actor, details: { pausedBy: by, pausedAt: at } });
    session.done.push(id);
    await tellWhoObeys(session, id, 'resumed');
    return { next: [{ why: 'see it go on', command: session.commandLine('status --watch') }] };
  });
}
