import type { Outcome } from '../commands/run-command.js';
import type { MigrateError } from '../errors.js';
import { statusTable } from './status-table.js';
import type { Terminal } from './terminal.js';

export interface PrintOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Prints what came out: the JSON document alone on stdout, or the result there and the error on stderr. */
export async function printOutcome(
  { report, failure }: Outcome,
  { json, quiet, verbose }: PrintOptions,
  terminal: Terminal,
  print?: (terminal: Terminal) => Promise<void> | void,
  { print: hasOwn }: { print?: unknown } = {},
): Promise<void> {
  const { out, err, style, typed } = terminal;
  if (json) out(JSON.stringify(report, undefined, 2));
  if (!quiet) {
    for (const warning of report.warnings) err(`${style('yellow', 'warning:')} ${warning}`);
    if (!json && hasOwn) {
      // What a verify found is its result also where that is what it fails with.
      if (!failure || report.verify) await print?.(terminal);
    } else if (!json && report.migrations.length > 0) out(await statusTable(report.migrations, terminal));
  }
  if (failure) err(errorText(failure, verbose, terminal));
  else if (!quiet && !json && report.next.length > 0) {
    const steps = report.next.map(({ why, command }) => ({ why, command: typed(command) }));
    const width = Math.max(...steps.map(({ command }) => command.length));
    out(
      [
        '',
        'next:',
        ...steps.map(({ why, command }) => `  ${style('cyan', command.padEnd(width))}  ${style('dim', why)}`),
      ].join('\n'),
    );
  }
}

function errorText(error: MigrateError, verbose: boolean, { style, typed }: Terminal): string {
  return [
    `${style('red', error.code)}: ${error.message}`,
    ...(error.migration !== undefined && !error.message.includes(error.migration)
      ? [`  migration: ${error.migration}`]
      : []),
    ...(error.key !== undefined ? [`  item: ${error.key}`] : []),
    ...(error.fix !== undefined ? [`  ${style('dim', 'way out:')} ${typed(error.fix)}`] : []),
    ...(verbose ? [stackOf(error)] : []),
  ].join('\n');
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack}${cause}`;
}
