import { type Limit, parseLimit } from '../dynamodb/budget/limit.js';
import { syncDirection } from '../ledger/move-phase.js';
import type { Direction, LedgerRow } from '../ledger/rows.js';
import { type LoadedMigration, tablesOf } from '../migrator/migration.js';
import { isOffline } from '../migrator/move/prepare-move.js';
import { runSync } from '../migrator/move/run-sync.js';
import { type PlanOptions, planDown, planUp } from '../migrator/plan.js';
import { dryRunMigration } from '../migrator/run-migration.js';
import { runPlan } from '../migrator/run-plan.js';
import { wholeNumber } from './check-number.js';
import { findMove } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { NextStep } from './report.js';
import { planFrom } from './require-plan.js';
import { type Outcome, runCommand } from './run-command.js';
import { sameFlags } from './same-flags.js';
import { requireSound, type Session } from './session.js';
import { stepsAtGate } from './steps-at-gate.js';

/** What `up` and `down` take. */
export interface RunMigrationsOptions extends CommandOptions, PlanOptions {
  /** Reads and plans everything, writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** How many items may fail, and be put in quarantine, before the run stops. Default: 0. */
  readonly maxItemErrors?: number | undefined;
  /** Read units a second of each table, or a share of what is provisioned, in place of the configured budget. */
  readonly read?: Limit | undefined;
  /** Write units a second, indexes included, or a share. */
  readonly write?: Limit | undefined;
  /** Of `up`: go on following the streams of moves that are not finished, until stopped. */
  readonly stay?: boolean | undefined;
  /** Of `up`: a file that `plan --out` wrote, relative to `cwd`. Refused where anything changed since. */
  readonly plan?: string | undefined;
  /** Of `down`: the word that nobody writes to the tables of a move, for an engine without streams. */
  readonly offline?: boolean | undefined;
}

const planners = { up: planUp, down: planDown };
/** Why nothing runs, although nothing is wrong. */
function nothingToDo(direction: Direction, rows: readonly LedgerRow[], to: string | undefined): string {
  if (direction === 'up') return to === undefined ? 'nothing is pending' : `nothing is pending up to \`${to}\``;
  const baseline = rows.filter(({ state }) => state === 'baseline').at(-1);
  if (!baseline) return 'nothing is applied that could be taken back';
  return `nothing is applied above the baseline \`${baseline.id}\`, and \`down\` never goes below it: what it stands for was there before; change it by a new migration`;
}

/** Plans one way, and runs the plan under the lock, or only tells what it would do. */
export function runDirection(direction: Direction, options: RunMigrationsOptions): Promise<Outcome> {
  const { to, step, maxItemErrors = 0, dryRun = false, stay = false, offline = false } = options;
  return runCommand(direction, options, async (session) => {
    wholeNumber('step', step, 1);
    wholeNumber('maxItemErrors', maxItemErrors, 0);
    const { budgets } = session.migrator;
    budgets.configure({ read: parseLimit('read', options.read), write: parseLimit('write', options.write) });
    const { migrator, done } = session;
    const atGate: string[] = [];
    const rows = await session.rows();
    const planned = await plan(session, direction, options, rows);
    const asPlanned = await planFrom(options, migrator);
    await asPlanned?.(planned, rows);
    if (planned.length === 0) migrator.emit({ type: 'note', message: nothingToDo(direction, rows, to) });
    else if (dryRun) return dryRunPlan(session, planned, direction, options);
    else {
      await session.locked(async (locked, rows) => {
        // Whoever held the lock before may have done it. What it left is another matter, that nobody asked about: two
        // `down` at once take back one migration, not two.
        const ids = new Set(planned.map(({ id }) => id));
        const now = (await plan(session, direction, options, rows)).filter(({ id }) => ids.has(id));
        await asPlanned?.(now, rows);
        if (now.length === 0) migrator.emit({ type: 'note', message: 'another process has done it meanwhile' });
        await runPlan(locked, now, direction, {
          maxItemErrors,
          offline,
          deployConsumer: async (deploying, file, row) => {
            const { deployMove } = await import('./deployed-sync.js');
            await deployMove(deploying, file, row, { consent: async () => undefined });
          },
          rows,
          to,
          onFinished: (id) => done.push(id),
          onGate: (id) => atGate.push(id),
        });
      });
    }
    // The live sync writes: a dry run has none, and a protected environment wants consent to it.
    if (stay && !dryRun) {
      if (planned.length === 0) await session.consent();
      await stayWithMoves(session);
    }
    return { next: await nextSteps(session, direction, atGate, options) };
  });
}

async function plan(
  session: Session,
  direction: Direction,
  { to, step }: PlanOptions,
  rows: readonly LedgerRow[],
): Promise<LoadedMigration[]> {
  const { migrations: files, problems } = await session.files();
  requireSound(problems, { files, rows });
  return planners[direction]({ files, rows }, { to, step });
}

/** Exits with 1 where more items would fail than may. */
async function dryRunPlan(
  { migrator, commandLine }: Session,
  planned: readonly LoadedMigration[],
  direction: Direction,
  options: RunMigrationsOptions,
) {
  const { maxItemErrors = 0 } = options;
  let exitCode = 0;
  const before = new Map<string, string>();
  for (const file of planned) {
    const { lines, itemErrors } = await dryRunMigration(migrator, { file, direction, row: undefined });
    const [table = ''] = tablesOf(file.definition);
    const earlier = before.get(table);
    // The items are as they are now, and not as the migration before would leave them: what fails now may not then.
    const note = earlier === undefined ? [] : [`tried on the items as they are now, without ${earlier} before it`];
    migrator.emit({ type: 'dry-run', id: file.id, direction, lines: [...lines, ...note] });
    if (earlier === undefined && itemErrors > maxItemErrors) exitCode = 1;
    if (table !== '') before.set(table, file.id);
  }
  const command = commandLine(`${direction}${sameFlags(options)}`);
  return { next: exitCode === 0 ? [{ why: 'do it', command }] : [], exitCode };
}

/** Follows every move that is not finished, without the lock: other commands work beside it. */
async function stayWithMoves(session: Session): Promise<void> {
  const { migrator } = session;
  const rows = await session.rows();
  const following = rows.filter((row) => syncDirection(row) !== undefined && !isOffline(row));
  await Promise.all(
    following.map(async ({ id }) => {
      const { move } = await findMove(session, id, rows);
      await runSync(migrator, move, { timeoutMs: 0, signal: migrator.signal });
    }),
  );
}

async function nextSteps(
  session: Session,
  direction: Direction,
  atGate: readonly string[],
  { to, step }: PlanOptions,
): Promise<NextStep[]> {
  const { done, commandLine, migrator } = session;
  const next: NextStep[] = [];
  for (const id of atGate) next.push(...(await stepsAtGate(session, id)));
  for (const id of done) {
    const count = await migrator.quarantine.count(id);
    if (count > 0) next.push({ why: `see the ${count} items that failed`, command: commandLine(`errors ${id}`) });
  }
  if (direction === 'down' && done.length === 0 && (await session.rows()).some(({ state }) => state === 'baseline')) {
    next.push({ why: 'write a migration', command: 'migrate create <name>' });
  }
  if (direction === 'up') {
    if (atGate.length > 0) next.push({ why: 'give the move up', command: commandLine('down') });
    else if (done.length > 0) next.push({ why: 'take the last one back', command: commandLine('down') });
    const isPart = atGate.length === 0 && (to !== undefined || step !== undefined);
    const left = isPart ? (await plan(session, direction, {}, await session.rows())).length : 0;
    if (left > 0) next.push({ why: `apply what is pending, ${left} more`, command: commandLine('up') });
    else next.push({ why: 'write the next one', command: 'migrate create <name>' });
  } else if (done.length > 0)
    next.push(...(await functionsLeft(session)), { why: 'apply again', command: commandLine('up') });
  return next;
}

/** Of moves that were taken back. */
async function functionsLeft(session: Session): Promise<NextStep[]> {
  const { migrations } = await session.files();
  const moves = migrations.filter(({ id, definition }) => session.done.includes(id) && definition.kind === 'move');
  if (moves.length === 0) return [];
  const { removeDeployed } = await import('./remove-deployed.js');
  return removeDeployed(
    session,
    moves.map(({ id }) => id),
  );
}
