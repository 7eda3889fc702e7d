import { MigrateError } from '../errors.js';
import { isDone } from '../migrator/check-state.js';
import { deployMove } from './deployed-sync.js';
import { findFile, requireMove } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import { stepsAtGate } from './steps-at-gate.js';

export interface SyncDeployOptions extends CommandOptions {
  readonly id: string;
  /** The S3 bucket for the code. Default: `lambda.bucket` of the environment. */
  readonly bucket?: string | undefined;
  /** Put the AWS SDK into the bundle, in place of taking the one of the Lambda runtime. */
  readonly bundleSdk?: boolean | undefined;
}

/**
 * Deploys the live sync of a move as a Lambda function, or changes it to what it has to be now: after the cutover, the
 * reverse sync too. Takes no lock, and can be repeated.
 */
export function syncDeploy(options: SyncDeployOptions): Promise<Report> {
  return reportOrThrow(runSyncDeploy(options));
}

export function runSyncDeploy(options: SyncDeployOptions): Promise<Outcome> {
  const { id, bucket, bundleSdk } = options;
  return runCommand('sync deploy', options, async (session) => {
    await session.consent();
    const rows = await session.rows();
    const file = await findFile(session, id, rows);
    requireMove(file);
    const row = rows.find((one) => one.id === id);
    if (!row || row.direction === 'down' || isDone(row) || !row.move?.streams?.up?.arn) {
      throw new MigrateError(
        'MIGRATION_UNFINISHED',
        `no live sync of \`${id}\` is under way (${row ? (row.phase ?? row.state) : 'pending'})`,
        {
          migration: id,
          fix:
            row && isDone(row)
              ? `\`migrate sync remove ${id}\` deletes what is deployed`
              : `begin it: \`migrate up --to ${id}\``,
        },
      );
    }
    const { result, generated } = await deployMove(session.migrator, file, row, {
      bucket,
      bundleSdk,
      consent: async (changes, stackName) => {
        if (
          !options.yes &&
          options.confirm &&
          !(await options.confirm(`Make these ${changes.length} changes to ${stackName}?`))
        ) {
          throw new MigrateError('PROTECTED_ENVIRONMENT', 'nobody consented to the changes', {
            migration: id,
            fix: 'nothing was changed; add --yes once you are sure',
          });
        }
      },
    });
    session.done.push(id);
    session.migrator.emit({
      type: 'note',
      message:
        result === 'unchanged'
          ? `the stack ${generated.stackName} is what it should be`
          : `the stack ${generated.stackName} is ${result}; the function reports within a few minutes`,
    });
    return { next: await stepsAtGate(session, id) };
  });
}
