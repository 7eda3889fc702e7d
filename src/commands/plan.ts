import { writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import { checkState } from '../migrator/check-state.js';
import { heldTables } from '../migrator/held-tables.js';
import { type LoadedMigration, tablesOf } from '../migrator/migration.js';
import { type PlanOptions, planUp } from '../migrator/plan.js';
import type { MigrationPlan } from '../planning/migration-plan.js';
import { planIdentity } from '../planning/plan-identity.js';
import { planMigration } from '../planning/plan-migration.js';
import { wholeNumber } from './check-number.js';
import type { CommandOptions } from './options.js';
import type { NextStep, PlanReport, Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import { sameFlags } from './same-flags.js';
import type { Session } from './session.js';

export interface PlanCommandOptions extends CommandOptions, PlanOptions {
  /** About how many items to read of each table. Default: 10,000. */
  readonly sample?: number | undefined;
  /** Read every item. */
  readonly full?: boolean | undefined;
  /** Show values of items, and not only their types and sizes. */
  readonly values?: boolean | undefined;
  /** Write the plan here, for `up --plan`; relative to `cwd`. */
  readonly out?: string | undefined;
  /** Answer with exit code 2 when something would run, and 4 when files and record disagree. */
  readonly exitCode?: boolean | undefined;
}

const defaultSample = 10_000;

/** What `up` would do, item by item and unit by unit. Reads only: the clients refuse everything else. */
export function plan(options: PlanCommandOptions = {}): Promise<Report> {
  return reportOrThrow(runPlan(options));
}

export async function runPlan(options: PlanCommandOptions): Promise<Outcome> {
  const { cwd = process.cwd(), out } = options;
  const work = async (session: Session) => {
    wholeNumber('step', options.step, 1);
    wholeNumber('sample', options.sample, 1);
    const rows = await session.rows();
    const blockers = [...(await lockedBy(session)), ...(await disagreements(session, rows))];
    const planned = await wouldRun(session, options, rows, blockers);
    const report: PlanReport = {
      migrations: await planAll(session, planned, rows, options),
      blockers,
      identity: await planIdentity(session.migrator, planned, rows),
    };
    const files = out === undefined ? {} : { files: [await writePlan(resolve(cwd, out), cwd, report)] };
    return { plan: report, ...files, next: nextStep(session, report, options) };
  };
  const outcome = await runCommand('plan', options, work, { readOnly: true });
  const { report, failure } = outcome;
  if (failure || !options.exitCode) return outcome;
  const pending = (report.plan?.migrations ?? []).length > 0;
  return { failure, report: { ...report, exitCode: report.problems.length > 0 ? 4 : pending ? 2 : 0 } };
}

async function planAll(
  { migrator, settings }: Session,
  planned: readonly LoadedMigration[],
  rows: readonly LedgerRow[],
  { sample = defaultSample, full = false, values = false }: PlanCommandOptions,
): Promise<MigrationPlan[]> {
  const held = heldTables(rows);
  const before = new Map<string, string>();
  const plans: MigrationPlan[] = [];
  for (const file of planned) {
    const [table = ''] = tablesOf(file.definition);
    plans.push(
      await planMigration(migrator, file, {
        row: rows.find(({ id }) => id === file.id),
        held,
        after: before.get(table),
        prices: settings.prices,
        sample: full ? 'all' : sample,
        values,
      }),
    );
    if (table !== '') before.set(table, file.id);
  }
  return plans;
}

async function wouldRun(
  session: Session,
  { to, step }: PlanOptions,
  rows: readonly LedgerRow[],
  blockers: string[],
): Promise<LoadedMigration[]> {
  const { migrations: files } = await session.files();
  try {
    return planUp({ files, rows }, { to, step });
  } catch (error) {
    if (!isMigrateError(error, 'MIGRATION_UNFINISHED')) throw error;
    blockers.push(error.message);
    return [];
  }
}

async function lockedBy(session: Session): Promise<string[]> {
  const lock = await session.lock();
  if (!lock) return [];
  const { user, host, pid, command } = lock;
  return [`${user}@${host} (pid ${pid}) holds the lock: \`${command}\``];
}

async function disagreements(session: Session, rows: readonly LedgerRow[]): Promise<string[]> {
  const { migrations: files, problems } = await session.files();
  return [...problems, ...checkState({ files, rows })].map(({ code, message }) => `${code}: ${message}`);
}

async function writePlan(path: string, cwd: string, plan: PlanReport): Promise<string> {
  const document = { schemaVersion: 1, createdAt: new Date().toISOString(), plan };
  try {
    await writeFile(path, `${JSON.stringify(document, undefined, 2)}\n`);
  } catch (error) {
    throw new MigrateError('USAGE', `\`${path}\` cannot be written: ${messageOf(error)}`, {
      fix: 'name another file with `--out`',
      cause: error,
    });
  }
  return relative(cwd, path);
}

function nextStep(
  { commandLine }: Session,
  { migrations, blockers }: PlanReport,
  { out, to, step }: PlanCommandOptions,
): NextStep[] {
  const [first] = migrations;
  if (!first || blockers.length + first.blockers.length + first.missingActions.length > 0) return [];
  return [
    {
      why: 'run it as it was planned',
      command: commandLine(`up${out === undefined ? '' : ` --plan ${out}`}${sameFlags({ to, step })}`),
    },
  ];
}
