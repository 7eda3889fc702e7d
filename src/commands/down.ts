import type { Report } from './report.js';
import { reportOrThrow } from './run-command.js';
import { type RunMigrationsOptions, runDirection } from './run-direction.js';

/**
 * Takes migrations back, the last one applied by default. A migration that stopped half-way up is taken back first.
 *
 * @throws MigrateError `IRREVERSIBLE` before anything is touched, when one of them has no way back.
 */
export function down(options: RunMigrationsOptions = {}): Promise<Report> {
  return reportOrThrow(runDirection('down', options));
}
