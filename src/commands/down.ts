import { planDown } from '../migrator/plan.js';
import { runPlan } from '../migrator/run-plan.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import { requireSound, type Session } from './session.js';
import { checkRunOptions, dryRunPlan, itemErrorsStep, type RunCommandOptions } from './up.js';

/**
 * Takes migrations back, the last one applied by default. A migration that stopped half-way up is taken back first.
 *
 * @throws MigrateError `IRREVERSIBLE` before anything is touched, when one of them has no way back.
 */
export function down(options: RunCommandOptions = {}): Promise<Report> {
  return reportOrThrow(runDown(options));
}

export function runDown(options: RunCommandOptions): Promise<Outcome> {
  return runCommand('down', options, async (session) => {
    const { migrator, done } = session;
    checkRunOptions(options);
    let exitCode = 0;
    const plan = await planNow(session, options, await session.rows());
    if (plan.length === 0) migrator.emit({ type: 'note', message: 'nothing is applied that could be taken back' });
    else if (options.dryRun) exitCode = await dryRunPlan(session, plan, 'down', options.maxItemErrors);
    else {
      await session.locked(async (locked, rows) => {
        const now = await planNow(session, options, rows);
        const { maxItemErrors = 0 } = options;
        await runPlan(locked, now, 'down', { maxItemErrors, rows, onFinished: (id) => done.push(id) });
      });
    }
    if (options.dryRun) return { next: [{ why: 'do it', command: session.commandLine('down') }], exitCode };
    return {
      next: [
        ...(await itemErrorsStep(done, migrator, session.commandLine)),
        ...(done.length > 0 ? [{ why: 'apply again', command: session.commandLine('up') }] : []),
      ],
    };
  });
}

async function planNow(
  session: Session,
  { to, step }: RunCommandOptions,
  rows: Parameters<typeof planDown>[0]['rows'],
) {
  const { migrations: files, problems } = await session.files();
  requireSound(problems, { files, rows });
  return planDown({ files, rows }, { to, step });
}
