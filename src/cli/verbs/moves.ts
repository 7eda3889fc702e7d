import type { Argv } from 'yargs';
import { formatCount } from '../format.js';
import { statusTable } from '../status-table.js';
import { defineVerb, type Verb } from '../verb.js';

interface VerifyArguments {
  readonly id: string;
  readonly sample?: number;
  readonly repair?: boolean;
  readonly differences?: string;
}

interface CutoverArguments {
  readonly id: string;
  readonly dryRun?: boolean;
  readonly offline?: boolean;
  readonly ack?: boolean;
  readonly acceptLossy?: boolean;
  readonly acceptReplicas?: boolean;
  readonly abort?: boolean;
}

const idOf = (yargs: Argv) => yargs.positional('id', { type: 'string', describe: 'id of a move' });

/** The commands of moves, from the first comparison to the end. */
export const moveVerbs: readonly Verb[] = [
  defineVerb<VerifyArguments>({
    command: 'verify <id>',
    describe: 'compare both tables of a move, item by item',
    builder: (yargs) =>
      idOf(yargs)
        .option('sample', { type: 'number', describe: 'per cent of the items (default: 100)', requiresArg: true })
        .option('repair', { type: 'boolean', describe: 'bring over what differs' })
        .option('differences', {
          type: 'string',
          describe: 'file for the differences, a JSON document a line',
          requiresArg: true,
        }),
    run: async ({ id, sample, repair, differences }, options) =>
      (await import('../../commands/verify.js')).runVerify({ ...options, id, sample, repair, differences }),
    print: ({ report: { verify, exitCode } }, _args, { out, style }) => {
      if (!verify) return;
      const { compared, repaired, samples, ...kinds } = verify;
      const found = Object.entries(kinds).filter(([, count]) => count > 0);
      const text = found.map(([kind, count]) => `${formatCount(count)} ${kind}`).join(', ');
      out(
        `${formatCount(compared)} compared, ${found.length === 0 ? style('green', 'no differences') : style('red', text)}` +
          (repaired > 0 ? `, ${formatCount(repaired)} repaired` : ''),
      );
      for (const { kind, sourceKey, targetKey, attributes, error } of samples) {
        const names = attributes.length > 0 ? `: ${attributes.join(', ')}` : '';
        out(`  ${kind.padEnd(9)} ${targetKey ?? sourceKey ?? ''}${names}${error === null ? '' : ` ${error}`}`);
      }
      if (exitCode !== 0 && samples.length < found.reduce((sum, [, count]) => sum + count, 0)) out('  …');
    },
  }),
  defineVerb<CutoverArguments>({
    command: 'cutover <id>',
    describe: 'make the new table of a move the one in use',
    builder: (yargs) =>
      idOf(yargs)
        .option('dry-run', { type: 'boolean', describe: 'only show every gate, with its value' })
        .option('offline', { type: 'boolean', describe: 'nobody writes (an engine without streams)' })
        .option('ack', { type: 'boolean', describe: 'applications use the new name already, and not the pointer' })
        .option('accept-lossy', { type: 'boolean', describe: 'consent to a way back that loses something' })
        .option('accept-replicas', { type: 'boolean', describe: 'no other region of a global table writes any more' })
        .option('abort', { type: 'boolean', describe: 'let writes go on after a cutover that died' }),
    run: async ({ id, dryRun, offline, ack, acceptLossy, acceptReplicas, abort }, options) =>
      (await import('../../commands/cutover.js')).runCutover({
        ...options,
        id,
        dryRun,
        offline,
        ack,
        acceptLossy,
        acceptReplicas,
        abort,
      }),
    print: async ({ report }, { dryRun }, terminal) => {
      const { out, style } = terminal;
      for (const { name, open, value, fix } of (dryRun && report.gates) || []) {
        const mark = open ? style('green', '✔') : style('red', '✖');
        out(
          `${mark} ${name.padEnd(12)} ${value}${fix === null ? '' : `\n    ${style('dim', 'way out:')} ${terminal.typed(fix)}`}`,
        );
      }
      if (!dryRun && report.migrations.length > 0) out(await statusTable(report.migrations, terminal));
    },
  }),
  defineVerb<{ id: string; dropSource?: boolean }>({
    command: 'complete <id>',
    describe: 'end a move after its cutover',
    builder: (yargs) =>
      idOf(yargs).option('drop-source', { type: 'boolean', describe: 'delete the old table with all its items' }),
    run: async ({ id, dropSource }, options) =>
      (await import('../../commands/complete.js')).runComplete({ ...options, id, dropSource }),
  }),
  defineVerb<{ id: string }>({
    command: 'work <id>',
    describe: 'help `up` with the copying of a move, from another process or machine',
    builder: idOf,
    run: async ({ id }, options) => (await import('../../commands/work.js')).runWork({ ...options, id }),
    // What it did was told while it ran.
    print: () => undefined,
  }),
  defineVerb<{ id: string }>({
    command: 'sync run <id>',
    describe: 'follow the stream of a move, and keep its tables level',
    builder: idOf,
    run: async ({ id }, options) => (await import('../../commands/sync-run.js')).runSyncRun({ ...options, id }),
    // What it did was told while it ran.
    print: () => undefined,
  }),
];
