import { DynamoDBDocument, NumberValue } from '@aws-sdk/lib-dynamodb';
import type { StepsContext, StepsMigration } from '../definition/define-steps.js';
import { isUnavailable } from '../dynamodb/aws-errors.js';
import { createTables, type MadeResources, type TablesContext } from '../dynamodb/tables.js';
import { isMigrateError, MigrateError, messageOf, throwIfStopped } from '../errors.js';
import { toJavaScript } from '../item/to-javascript.js';
import { beginRun, isResume, type Run } from './begin-run.js';
import { madeBy } from './made-by.js';
import type { LockedMigrator, Migrator } from './migrator.js';

/** Runs a steps-migration; steps that finished in an earlier, unfinished run are skipped. */
export async function runSteps(migrator: LockedMigrator, definition: StepsMigration, run: Run): Promise<void> {
  const { lease, steps } = migrator;
  const { id } = run.file;
  const resumed = isResume(run);
  const row = await beginRun(migrator, run);
  const binding = { id, run: row.run, direction: run.direction };
  const before = new Map((await steps.claim(lease, binding)).map((step) => [step.name, step]));
  const signal = AbortSignal.any([migrator.signal, lease.signal]);
  const seen = new Set<string>();
  let running: string | undefined;
  // An applied migration keeps its place in the order on its way down. Without one, what is taken back may never have
  // been there.
  const halfApplied = run.direction === 'down' && row.order === undefined;
  if (run.direction === 'up' && !resumed) await migrator.made.clear(lease, id);
  const made = await madeBy(migrator, id);
  // Outside a step: whether an earlier attempt may have come this far. Inside one: whether it had begun this step.
  let mayBeGone = halfApplied || resumed;

  const ctx = stepsContext(migrator, {
    id,
    signal,
    dryRun: false,
    made,
    mayBeGone: () => mayBeGone,
    onlyOwn: halfApplied,
    async step(name, work) {
      const invalid = (message: string, fix: string) =>
        new MigrateError('MIGRATION_INVALID', message, { migration: id, fix });
      if (seen.has(name)) throw invalid(`two steps are named \`${name}\``, 'give each step a name of its own');
      if (running !== undefined) {
        throw invalid(
          `step \`${name}\` began while \`${running}\` was running`,
          'write `await` before each `ctx.step`; what may run at once belongs into one step',
        );
      }
      seen.add(name);
      if (before.get(name)?.doneAt !== undefined) {
        migrator.emit({ type: 'step', id, name, state: 'skipped' });
        return;
      }
      throwIfStopped(signal, 'stopped between two steps');
      migrator.emit({ type: 'step', id, name, state: 'started' });
      mayBeGone = halfApplied || before.has(name);
      running = name;
      try {
        await steps.markStarted(lease, binding, name);
        await work();
        await steps.markDone(lease, binding, name);
      } finally {
        running = undefined;
      }
      mayBeGone = halfApplied || resumed;
      migrator.emit({ type: 'step', id, name, state: 'done' });
    },
  });
  await callSteps(definition, run, ctx);
  if (running !== undefined) {
    throw new MigrateError(
      'MIGRATION_INVALID',
      `\`${run.direction}\` ended while its step \`${running}\` was running`,
      {
        migration: id,
        fix: 'write `await` before each `ctx.step`',
      },
    );
  }
  throwIfStopped(lease.signal, 'stopped after the last step');
  if (isMigrateError(signal.reason, 'MIGRATION_FAILED')) throw signal.reason;
}

/** Runs a steps-migration against a client that refuses writes, and tells which steps would write what. */
export async function dryRunSteps(migrator: Migrator, definition: StepsMigration, run: Run): Promise<string[]> {
  const lines: string[] = [];
  const blocked = (error: unknown) => isMigrateError(error, 'WRITE_BLOCKED');
  const ctx = stepsContext(migrator, {
    id: run.file.id,
    signal: migrator.signal,
    dryRun: true,
    made: nothingMade,
    mayBeGone: () => false,
    onlyOwn: false,
    async step(name, work) {
      try {
        await work();
        lines.push(`step ${name}: writes nothing`);
      } catch (error) {
        if (!blocked(error)) throw error;
        lines.push(`step ${name}: ${messageOf(error)}`);
      }
    },
  });
  try {
    await callSteps(definition, run, ctx);
  } catch (error) {
    lines.push(blocked(error) ? messageOf(error) : `cannot be followed further without writing: ${messageOf(error)}`);
  }
  return lines;
}

/** In a dry run nothing is made, and so nothing recorded. */
const nothingMade: MadeResources = { has: () => false, add: async () => undefined, remove: async () => undefined };

function stepsContext(
  { client, settings, emit }: Migrator,
  own: Pick<StepsContext, 'step' | 'signal' | 'dryRun'> &
    Pick<TablesContext, 'made' | 'mayBeGone' | 'onlyOwn'> & { readonly id: string },
): StepsContext {
  const { id, made, mayBeGone, onlyOwn, signal, dryRun, step } = own;
  const { tableName } = settings;
  const log = (message: string) => emit({ type: 'log', id, message });
  return {
    client,
    documents: DynamoDBDocument.from(client, {
      unmarshallOptions: { wrapNumbers: exactNumber },
      marshallOptions: { removeUndefinedValues: true },
    }),
    tables: createTables({
      client,
      tableName,
      signal,
      made,
      mayBeGone,
      onlyOwn,
      // What it is about to do is said by the write that is blocked.
      log: dryRun ? () => undefined : log,
    }),
    tableName,
    step,
    log,
    signal,
    dryRun,
  };
}

/** A number where a double holds it exactly, the SDK's lossless one elsewhere: nothing is rounded on its way. */
function exactNumber(text: string): unknown {
  const value = toJavaScript({ N: text });
  return typeof value === 'number' ? value : NumberValue.from(text);
}

async function callSteps(definition: StepsMigration, { file, direction }: Run, ctx: StepsContext): Promise<void> {
  const work = direction === 'up' ? definition.up : definition.down;
  try {
    await work?.(ctx);
  } catch (error) {
    if (isMigrateError(error)) throw error;
    if (ctx.signal.aborted) throwIfStopped(ctx.signal, 'stopped in a step');
    if (isUnavailable(error)) throw error;
    throw new MigrateError('MIGRATION_FAILED', `\`${direction}\` of \`${file.id}\` failed: ${messageOf(error)}`, {
      migration: file.id,
      cause: error,
      fix: 'mend the cause and run the same command again: steps that are done are skipped',
    });
  }
}
