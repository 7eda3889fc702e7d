import { setTimeout as delay } from 'node:timers/promises';
import { MigrateError } from '../../errors.js';
import { paceLines } from '../pace-lines.js';
import { statusTable } from '../status-table.js';
import { defineVerb } from '../verb.js';

interface StatusArguments {
  readonly id?: string;
  readonly exitCode?: boolean;
  readonly watch?: boolean;
}

const watchEveryMs = 2_000;

export const statusVerb = defineVerb<StatusArguments>({
  command: 'status [id]',
  describe: 'every migration and its state; reads only',
  builder: (yargs) =>
    yargs
      .positional('id', { type: 'string', describe: 'only this migration' })
      .option('exit-code', {
        type: 'boolean',
        describe: 'exit with 2 when migrations are pending, 4 when files and ledger disagree',
      })
      .option('watch', { type: 'boolean', describe: 'show it again every 2 s, until Ctrl-C' }),
  async run({ id, exitCode, watch }, options, { json, terminal }) {
    const { runStatus } = await import('../../commands/status.js');
    if (watch && json) {
      throw new MigrateError('USAGE', '`--watch` and `--json` exclude each other: the document is one', {
        fix: 'call `migrate status --json` as often as you like',
      });
    }
    const look = () => runStatus({ ...options, id, exitCode });
    let outcome = await look();
    while (watch && !outcome.failure && !options.signal?.aborted) {
      // Cleared only now: while the next one is being read, there is something to look at.
      if (terminal.interactive) terminal.out('\u001b[2J\u001b[H');
      terminal.out(await statusTable(outcome.report.migrations, terminal));
      for (const line of paceLines(outcome.report.migrations, terminal)) terminal.out(line);
      await delay(watchEveryMs, undefined, { signal: options.signal }).catch(() => undefined);
      if (!options.signal?.aborted) outcome = await look();
    }
    return outcome;
  },
  async print({ report }, _args, terminal) {
    const { out, style } = terminal;
    if (report.migrations.length > 0) out(await statusTable(report.migrations, terminal));
    else if (report.problems.length === 0) out('there are no migrations yet');
    for (const line of paceLines(report.migrations, terminal)) out(line);
    for (const { id, lag } of report.migrations) {
      if (lag !== null) out(`${id}: the live sync was ${Math.round(lag / 1_000)} s behind when it was last heard of`);
    }
    for (const { state, id, error } of report.migrations) {
      if (error)
        out(`${id} ${state}: ${error.code}: ${error.message}${error.key === undefined ? '' : ` (item ${error.key})`}`);
    }
    if (report.lock) {
      const { user, host, pid, command, acquiredAt, heartbeatAt } = report.lock;
      out(`locked by ${user}@${host} (pid ${pid}), \`${command}\` since ${acquiredAt}, last heard of ${heartbeatAt}`);
    }
    for (const { code, message, fix } of report.problems) {
      out(
        `${style('red', code)}: ${message}${fix === null ? '' : `\n  ${style('dim', 'way out:')} ${terminal.typed(fix)}`}`,
      );
    }
  },
});
