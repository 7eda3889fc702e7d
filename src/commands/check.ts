import { relative } from 'node:path';
import { loadConfig } from '../config/load-config.js';
import { checkFiles } from '../lint/check-files.js';
import type { CommandOptions } from './options.js';
import type { CheckReport, Report } from './report.js';
import { type Outcome, reportOrThrow } from './run-command.js';
import { runOffline } from './run-offline.js';

export interface CheckOptions extends Pick<CommandOptions, 'cwd' | 'config' | 'env' | 'signal'> {
  /** Warnings count as errors: exit code 4. */
  readonly strict?: boolean | undefined;
  /** Write the order file as it has to be, before it is looked at. */
  readonly write?: boolean | undefined;
  /** Leave the compiler out, where `tsc` looks at the migrations anyway. */
  readonly skipTypes?: boolean | undefined;
}

/**
 * Checks the migration files without a database: types, order, checksums, and what is known to go wrong. Resolves also
 * when it finds something: `exitCode` of the report is 4 then.
 */
export function check(options: CheckOptions = {}): Promise<Report> {
  return reportOrThrow(runCheck(options));
}

export function runCheck(options: CheckOptions): Promise<Outcome> {
  const { cwd = process.cwd(), config, env, signal, strict = false, write = false, skipTypes = false } = options;
  return runOffline('check', async () => {
    const { settings } = await loadConfig({ cwd, config, environment: env });
    const { findings, ...rest } = await checkFiles({
      directory: settings.migrationsDirectory,
      write,
      skipTypes,
      signal,
    });
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const report: CheckReport = {
      ...rest,
      compiler: rest.compiler ?? null,
      errors,
      warnings: findings.length - errors,
      findings: findings.map((one) => ({ ...one, file: one.file === null ? null : relative(cwd, one.file) })),
    };
    const failed = errors > 0 || (strict && findings.length > 0);
    return { check: report, exitCode: failed ? 4 : 0 };
  });
}
