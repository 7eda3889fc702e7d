import { wholeNumber } from '../../commands/check-number.js';
import { MigrateError } from '../../errors.js';
import { defineVerb } from '../verb.js';

interface PlanArguments {
  readonly to?: string;
  readonly step?: number;
  readonly sample?: number;
  readonly full?: boolean;
  readonly values?: boolean;
  readonly out?: string;
  readonly markdown?: boolean;
  readonly exitCode?: boolean;
}

export const planVerb = defineVerb<PlanArguments>({
  command: 'plan',
  describe: 'what `up` would do: items, capacity, time, what bars it; reads only',
  builder: (yargs) =>
    yargs
      .option('to', { type: 'string', describe: 'last migration to plan', requiresArg: true })
      .option('step', { type: 'number', describe: 'at most this many migrations', requiresArg: true })
      .option('sample', { type: 'number', describe: 'items to read of each table (default: 10000)', requiresArg: true })
      .option('full', { type: 'boolean', describe: 'read every item' })
      .option('values', { type: 'boolean', describe: 'show values of items (default: on a terminal)' })
      .option('out', { type: 'string', describe: 'write the plan here, for `up --plan`', requiresArg: true })
      .option('markdown', { type: 'boolean', describe: 'as a comment for a pull request' })
      .option('exit-code', { type: 'boolean', describe: 'exit with 2 when something would run' }),
  async run({ to, step, sample, full, values, out, markdown, exitCode }, options, { json, terminal }) {
    if (markdown && json) {
      throw new MigrateError('USAGE', '`--markdown` and `--json` exclude each other', { fix: 'leave one of them out' });
    }
    wholeNumber('--step', step, 1);
    wholeNumber('--sample', sample, 1);
    // A log, a comment or a document is read by others, and stays.
    const shown = values ?? (terminal.interactive && !markdown && !json && out === undefined);
    const { runPlan } = await import('../../commands/plan.js');
    const outcome = await runPlan({ ...options, to, step, sample, full, values: shown, out, exitCode });
    // The comment is all that stdout has.
    return markdown ? { ...outcome, report: { ...outcome.report, next: [] } } : outcome;
  },
  async print({ report }, { markdown }, terminal) {
    if (!report.plan) return;
    if (markdown) terminal.out((await import('../plan-markdown.js')).planMarkdown(report.plan, report.env ?? ''));
    else terminal.out((await import('../plan-view.js')).planView(report.plan, terminal));
    for (const file of report.files ?? []) terminal.err(`${terminal.style('green', 'wrote')} ${file}`);
  },
});
