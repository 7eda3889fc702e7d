import type { Argv } from 'yargs';
import type { AuditedOptions } from '../../commands/baseline.js';
import { wholeNumber } from '../../commands/check-number.js';
import type { CommandOptions } from '../../commands/options.js';
import type { LimitConfig } from '../../config/define-config.js';
import { formatCount } from '../format.js';
import { defineVerb, type Verb } from '../verb.js';
import { checkVerb } from './check.js';
import { controlVerbs } from './control.js';
import { createVerb } from './create.js';
import { moveVerbs } from './moves.js';
import { planVerb } from './plan.js';
import { printFiles } from './print-files.js';
import { statusVerb } from './status.js';
import { iamVerb, syncVerbs } from './sync.js';

interface RunArguments {
  readonly to?: string;
  readonly step?: number;
  readonly dryRun?: boolean;
  readonly maxItemErrors?: number;
  readonly read?: LimitConfig;
  readonly write?: LimitConfig;
  readonly stay?: boolean;
  readonly offline?: boolean;
  readonly plan?: string;
}

const runFlags = (to: string) => (yargs: Argv) =>
  yargs
    .option('to', { type: 'string', describe: to, requiresArg: true })
    .option('step', { type: 'number', describe: 'at most this many migrations', requiresArg: true })
    .option('dry-run', { type: 'boolean', describe: 'read and plan everything, write nothing' })
    .option('max-item-errors', {
      type: 'number',
      describe: 'items that may fail and go into quarantine before the run stops (default: 0)',
      requiresArg: true,
    })
    .option('read', {
      type: 'string',
      describe: 'read units a second of a table, or a share: 200, 25%',
      requiresArg: true,
    })
    .option('write', { type: 'string', describe: 'write units a second of a table, or a share', requiresArg: true });

function runOptions(
  { to, step, dryRun, maxItemErrors, read, write, stay, offline, plan }: RunArguments,
  options: CommandOptions,
) {
  wholeNumber('--step', step, 1);
  wholeNumber('--max-item-errors', maxItemErrors, 0);
  return { ...options, to, step, dryRun, maxItemErrors, read, write, stay, offline, plan };
}

const reasonFlag = (yargs: Argv) =>
  yargs.option('reason', { type: 'string', describe: 'why; kept in the history', requiresArg: true });

const idOf = (yargs: Argv) => yargs.positional('id', { type: 'string', describe: 'id of a migration' });

/** Every command, in the order of the help. */
export const verbs: readonly Verb[] = [
  defineVerb({
    command: 'init',
    describe: 'write a config and a first migration',
    builder: (yargs) => yargs,
    run: async (_args, options) => (await import('../../commands/init.js')).runInit(options),
    print: printFiles,
  }),
  createVerb,
  checkVerb,
  planVerb,
  defineVerb<RunArguments>({
    command: 'up',
    describe: 'run pending migrations, or go on with an unfinished one',
    builder: (yargs) =>
      runFlags('last migration to run')(yargs)
        .option('plan', { type: 'string', describe: 'run only what this file of `plan --out` says', requiresArg: true })
        .option('stay', {
          type: 'boolean',
          describe: 'go on following the streams of unfinished moves, until Ctrl-C',
        }),
    run: async (args, options) =>
      (await import('../../commands/run-direction.js')).runDirection('up', runOptions(args, options)),
  }),
  defineVerb<RunArguments>({
    command: 'down',
    describe: 'take back the last migration, or several',
    builder: (yargs) =>
      runFlags('migration to go back to; 0 takes everything back')(yargs).option('offline', {
        type: 'boolean',
        describe: 'nobody writes to the tables of the move (an engine without streams)',
      }),
    run: async (args, options) =>
      (await import('../../commands/run-direction.js')).runDirection('down', runOptions(args, options)),
  }),
  statusVerb,
  ...moveVerbs,
  ...syncVerbs,
  ...controlVerbs,
  defineVerb<{ tables: string[]; consistent?: boolean }>({
    command: 'count <tables..>',
    describe: 'count the items of tables, exactly',
    builder: (yargs) =>
      yargs
        .positional('tables', { type: 'string', array: true, describe: 'names as in migrations, or the id of a move' })
        .option('consistent', { type: 'boolean', describe: 'strongly consistent reads, at twice the capacity' }),
    run: async ({ tables, consistent }, options) =>
      (await import('../../commands/count.js')).runCount({ ...options, tables, consistent }),
    print: ({ report }, _args, { out }) => {
      for (const { table, items } of report.counts ?? []) out(`${table}  ${formatCount(items)}`);
    },
  }),
  defineVerb<{ id: string; retry?: boolean }>({
    command: 'errors <id>',
    describe: 'items of a migration that failed, or try them again',
    builder: (yargs) => idOf(yargs).option('retry', { type: 'boolean', describe: 'try them again' }),
    run: async ({ id, retry }, options) =>
      (await import('../../commands/errors.js')).runErrors({ ...options, id, retry }),
    print: ({ report }, { id }, { out, style }) => {
      const items = report.itemErrors ?? [];
      if (items.length === 0) out(`no item of ${id} is in quarantine`);
      for (const { key, code, message } of items) out(`${style('bold', key)}  ${style('red', code)}: ${message}`);
    },
  }),
  defineVerb<AuditedOptions>({
    command: 'baseline <id>',
    describe: 'record a migration and those before it as done, without running them',
    builder: (yargs) => reasonFlag(idOf(yargs)),
    run: async ({ id, reason }, options) =>
      (await import('../../commands/baseline.js')).runBaseline({ ...options, id, reason }),
  }),
  defineVerb<AuditedOptions>({
    command: 'repair <id>',
    describe: 'accept a changed file, or forget a migration whose file is gone',
    builder: (yargs) => reasonFlag(idOf(yargs)),
    run: async ({ id, reason }, options) =>
      (await import('../../commands/repair.js')).runRepair({ ...options, id, reason }),
  }),
  iamVerb,
  defineVerb<{ reason?: string }>({
    command: 'unlock',
    describe: 'free the lock of a process that is certainly dead',
    builder: reasonFlag,
    run: async ({ reason }, options) => (await import('../../commands/unlock.js')).runUnlock({ ...options, reason }),
  }),
];
