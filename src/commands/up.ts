import type { LoadedMigration } from '../migrator/migration.js';
import { type PlanOptions, planUp } from '../migrator/plan.js';
import { dryRunMigration } from '../migrator/run-migration.js';
import { runPlan } from '../migrator/run-plan.js';
import { wholeNumber } from './check-number.js';
import type { CommandOptions } from './options.js';
import type { NextStep, Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import { requireSound, type Session } from './session.js';

export interface RunCommandOptions extends CommandOptions, PlanOptions {
  /** Reads and plans everything, writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** How many items may fail, and be put in quarantine, before the run stops. Default: 0. */
  readonly maxItemErrors?: number | undefined;
}

/**
 * Runs pending migrations, or goes on with the one that was interrupted or failed.
 *
 * @throws MigrateError what stopped it; what was done stays recorded, and the same call goes on from there.
 */
export function up(options: RunCommandOptions = {}): Promise<Report> {
  return reportOrThrow(runUp(options));
}

export function runUp(options: RunCommandOptions): Promise<Outcome> {
  return runCommand('up', options, async (session) => {
    const { migrator, done } = session;
    checkRunOptions(options);
    let exitCode = 0;
    const plan = await planNow(session, options, await session.rows());
    if (plan.length === 0) migrator.emit({ type: 'note', message: 'nothing is pending' });
    else if (options.dryRun) exitCode = await dryRunPlan(session, plan, 'up', options.maxItemErrors);
    else {
      await session.locked(async (locked, rows) => {
        // Whoever held the lock before may have run them.
        const now = await planNow(session, options, rows);
        const { maxItemErrors = 0 } = options;
        await runPlan(locked, now, 'up', { maxItemErrors, rows, onFinished: (id) => done.push(id) });
      });
    }
    return { next: await next(session, options), exitCode };
  });
}

export function checkRunOptions({ step, maxItemErrors }: RunCommandOptions): void {
  wholeNumber('step', step, 1);
  wholeNumber('maxItemErrors', maxItemErrors, 0);
}

async function planNow(
  session: Session,
  { to, step }: PlanOptions,
  rows: Parameters<typeof planUp>[0]['rows'],
): Promise<LoadedMigration[]> {
  const { migrations: files, problems } = await session.files();
  requireSound(problems, { files, rows });
  return planUp({ files, rows }, { to, step });
}

/** Tells what each planned migration would do; answers the exit code, 1 where more items would fail than may. */
export async function dryRunPlan(
  { migrator }: Session,
  plan: readonly LoadedMigration[],
  direction: 'up' | 'down',
  maxItemErrors = 0,
): Promise<number> {
  let exitCode = 0;
  for (const file of plan) {
    const { lines, itemErrors } = await dryRunMigration(migrator, { file, direction, row: undefined });
    migrator.emit({ type: 'dry-run', id: file.id, direction, lines });
    if (itemErrors > maxItemErrors) exitCode = 1;
  }
  return exitCode;
}

async function next({ done, commandLine, migrator }: Session, { dryRun }: RunCommandOptions): Promise<NextStep[]> {
  if (dryRun) return [{ why: 'do it', command: commandLine('up') }];
  const last = done.at(-1);
  return [
    ...(await itemErrorsStep(done, migrator, commandLine)),
    ...(last === undefined ? [] : [{ why: 'take the last one back', command: commandLine('down') }]),
    { why: 'write the next one', command: 'migrate create <name>' },
  ];
}

/** Where a run left items in quarantine, they come first. */
export async function itemErrorsStep(
  done: readonly string[],
  { quarantine }: Session['migrator'],
  commandLine: Session['commandLine'],
): Promise<NextStep[]> {
  for (const id of done) {
    const count = await quarantine.count(id);
    if (count > 0) return [{ why: `see the ${count} items that failed`, command: commandLine(`errors ${id}`) }];
  }
  return [];
}
