import type { LedgerRow } from '../ledger/rows.js';
import { isDone } from '../migrator/check-state.js';
import { isBeyondUp, unknownMigration } from '../migrator/plan.js';
import type { CommandOptions } from './options.js';
import type { NextStep, Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import type { Session } from './session.js';

export interface StatusOptions extends CommandOptions {
  /** Only this migration. */
  readonly id?: string | undefined;
  /** Answer with exit code 2 when migrations are pending, and 4 when files and ledger disagree. */
  readonly exitCode?: boolean | undefined;
}

/** Every migration: files without rows, rows without files, and what is wrong with them. Reads only, never waits. */
export function status(options: StatusOptions = {}): Promise<Report> {
  return reportOrThrow(runStatus(options));
}

export async function runStatus(options: StatusOptions): Promise<Outcome> {
  const { id } = options;
  const outcome = await runCommand('status', options, async (session) => {
    const { migrations: files } = await session.files();
    const rows = await session.rows();
    if (id !== undefined && ![...files, ...rows].some((one) => one.id === id)) throw unknownMigration(id, files);
    const waits = (row: (typeof rows)[number]) => isBeyondUp(row) || (row.phase === 'sync' && row.state === 'waiting');
    const waiting = rows.filter((row) => waits(row) && row.direction === 'up' && !isDone(row));
    const steps = waiting.length === 0 ? [] : await stepsAtGates(session, waiting);
    const paused = [...(await session.migrator.controls.list())].filter(
      ([one, control]) => control.paused && !rows.some((row) => row.id === one && isDone(row)),
    );
    for (const [one] of paused) steps.push({ why: 'let it go on', command: session.commandLine(`resume ${one}`) });
    const begun = rows.find((row) => !isDone(row) && !waiting.includes(row));
    const done = new Set(rows.map((row) => row.id));
    if (!begun && files.every((file) => done.has(file.id))) return { next: steps };
    const why = begun ? `go on with ${begun.id}` : 'run what is pending';
    return { next: [...steps, { why, command: session.commandLine(begun?.direction ?? 'up') }] };
  });
  const { report, failure } = outcome;
  if (failure) return outcome;
  const unfinished = report.migrations.filter((migration) => !isDone(migration));
  return {
    failure,
    report: {
      ...report,
      migrations: report.migrations.filter((migration) => id === undefined || migration.id === id),
      next: unfinished.length > 0 && report.problems.length === 0 ? report.next : [],
      exitCode: !options.exitCode ? 0 : report.problems.length > 0 ? 4 : unfinished.length > 0 ? 2 : 0,
    },
  };
}

/** Loads what knows moves. */
async function stepsAtGates(session: Session, waiting: readonly LedgerRow[]): Promise<NextStep[]> {
  const { stepsAtGate } = await import('./steps-at-gate.js');
  return (await Promise.all(waiting.map((row) => stepsAtGate(session, row.id)))).flat();
}
