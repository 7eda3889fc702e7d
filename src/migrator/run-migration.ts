import { explainAwsError } from '../dynamodb/aws-errors.js';
import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import type { Totals } from '../ledger/rows.js';
import { shortMessage } from '../ledger/short-message.js';
import type { Run } from './begin-run.js';
import { checkBudgets } from './check-budgets.js';
import type { DryRun } from './events.js';
import { heedControl } from './heed-control.js';
import type { LoadedMigration } from './migration.js';
import type { LockedMigrator, Migrator } from './migrator.js';
import { dryRunMove } from './move/dry-run-move.js';
import { runMove } from './move/run-move.js';
import { type UndoMoveOptions, undoMove } from './move/undo-move.js';
import { dryRunInPlace, type InPlaceRunOptions, runInPlaceMigration } from './run-in-place-migration.js';
import { dryRunSteps, runSteps } from './run-steps.js';

export type RunOptions = InPlaceRunOptions & UndoMoveOptions;

/**
 * Runs one migration one way. What stops it is recorded in the ledger, if it had begun, and thrown with the
 * migration's id.
 */
export async function runMigration(
  migrator: LockedMigrator,
  run: Run,
  options: RunOptions,
): Promise<Totals | undefined> {
  const { definition } = run.file;
  try {
    assertCurrentCode(run.file);
    if (definition.kind === 'steps') return void (await runSteps(migrator, definition, run));
    await checkBudgets(migrator, definition);
    return await heedControl(migrator, run.file.id, async () => {
      if (definition.kind === 'in-place') return runInPlaceMigration(migrator, definition, run, options);
      if (run.direction === 'up') return runMove(migrator, definition, run);
      return void (await undoMove(migrator, definition, run, options));
    });
  } catch (thrown) {
    const error = withMigration(explainAwsError(thrown, migrator.endpointName), run.file.id);
    await recordFailure(migrator, run, error);
    throw error;
  }
}

/** What the migration would do; writes nothing. */
export async function dryRunMigration(migrator: Migrator, run: Run): Promise<DryRun> {
  const { definition } = run.file;
  try {
    assertCurrentCode(run.file);
    if (definition.kind === 'steps') return { lines: await dryRunSteps(migrator, definition, run), itemErrors: 0 };
    await checkBudgets(migrator, definition);
    if (definition.kind === 'in-place') return await dryRunInPlace(migrator, definition, run);
    return await dryRunMove(migrator, definition, run);
  } catch (error) {
    if (!isMigrateError(error, 'TABLE_NOT_FOUND')) throw withMigration(error, run.file.id);
    return { lines: [`cannot be followed: ${messageOf(error)} (an earlier migration may create it)`], itemErrors: 0 };
  }
}

/** @throws MigrateError when the file was edited after this process had loaded its code. */
export function assertCurrentCode({ id, path, checksum, codeChecksum }: LoadedMigration): void {
  if (checksum === codeChecksum) return;
  throw new MigrateError('MIGRATION_LOAD_FAILED', `\`${path}\` changed after this process had loaded it`, {
    migration: id,
    fix: 'start the process anew: Node does not load a module twice',
  });
}

function withMigration(thrown: unknown, migration: string): unknown {
  if (!isMigrateError(thrown) || thrown.migration !== undefined) return thrown;
  const { code, message, key, cause, exitCode } = thrown;
  // Whoever wrote the way out did not know for which migration it would be.
  const fix = thrown.fix?.replaceAll('<id>', migration);
  return new MigrateError(code, message, { migration, key, fix, cause, exitCode });
}

async function recordFailure({ ledger, history, lease, actor, emit }: LockedMigrator, run: Run, error: unknown) {
  const { id } = run.file;
  // Whoever took the lock over writes the ledger now.
  if (lease.signal.aborted) return;
  try {
    const row = await ledger.get(id);
    const begun = row?.token === lease.token && (row.state === 'running' || row.state === 'reverting');
    if (!begun) return;
    const interrupted = isMigrateError(error, 'INTERRUPTED');
    const message = messageOf(error);
    const { code, key } = isMigrateError(error) ? error : { code: 'MIGRATION_FAILED', key: undefined };
    await ledger.update(lease, id, {
      state: interrupted ? 'interrupted' : 'failed',
      error: interrupted ? undefined : { code, message, key, at: new Date().toISOString() },
    });
    await history.append({
      action: interrupted ? 'interrupted' : 'failed',
      id,
      by: actor,
      details: { direction: run.direction, ...(!interrupted && { code, message: shortMessage(message) }) },
    });
  } catch (second) {
    emit({ type: 'warning', message: `the failure of ${id} could not be recorded: ${messageOf(second)}` });
  }
}
