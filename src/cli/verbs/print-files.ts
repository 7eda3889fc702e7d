import type { Outcome } from '../../commands/run-command.js';
import type { Terminal } from '../terminal.js';

/** The files that were written. */
export function printFiles({ report }: Outcome, _args: unknown, { out, style }: Terminal): void {
  for (const file of report.files ?? []) out(`${style('green', 'wrote')} ${file}`);
}
