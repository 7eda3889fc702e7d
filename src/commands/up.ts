import type { Report } from './report.js';
import { reportOrThrow } from './run-command.js';
import { type RunMigrationsOptions, runDirection } from './run-direction.js';

/**
 * Runs pending migrations, or goes on with the one that was interrupted or failed.
 *
 * @throws MigrateError what stopped it; what was done stays recorded, and the same call goes on from there.
 */
export function up(options: RunMigrationsOptions = {}): Promise<Report> {
  return reportOrThrow(runDirection('up', options));
}
