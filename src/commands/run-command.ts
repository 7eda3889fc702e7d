import { explainAwsError } from '../dynamodb/aws-errors.js';
import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import type { LockRow } from '../ledger/lock-row.js';
import { checkState } from '../migrator/check-state.js';
import { withProgress } from '../migrator/read-progress.js';
import { type MigrationStatus, statusEntries } from '../migrator/status-entries.js';
import type { CommandOptions } from './options.js';
import type { NextStep, Report, ReportError } from './report.js';
import { openSession, type Session } from './session.js';

export interface RunCommandOptions {
  /** Report every migration's state, which loads all files. Default: true. */
  readonly withMigrations?: boolean;
  /** No client sends anything but reads. Default: false. */
  readonly readOnly?: boolean;
}

/** What a command has to add to the report that all share. */
export interface CommandResult
  extends Partial<
    Pick<Report, 'counts' | 'itemErrors' | 'files' | 'exitCode' | 'gates' | 'policy' | 'verify' | 'check' | 'plan'>
  > {
  readonly next?: readonly NextStep[];
  /** What the command failed with, although it has something to report. */
  readonly failure?: MigrateError | undefined;
}

/** The outcome of a command: a report in any case, and the error that it tells of. */
export interface Outcome {
  readonly report: Report;
  readonly failure: MigrateError | undefined;
}

/**
 * Opens the environment, runs `work`, closes, and reports the state that was left, also after a failure. Never
 * throws.
 */
export async function runCommand(
  command: string,
  options: CommandOptions,
  work: (session: Session) => Promise<CommandResult>,
  { withMigrations = true, readOnly = false }: RunCommandOptions = {},
): Promise<Outcome> {
  let session: Session | undefined;
  let result: CommandResult = {};
  let failure: MigrateError | undefined;
  let view: View = emptyView;
  try {
    session = await openSession(command, options, { readOnly });
    result = await work(session);
    failure = result.failure;
  } catch (thrown) {
    failure = toMigrateError(thrown, session);
  }
  if (session && withMigrations) {
    try {
      view = await viewOf(session);
    } catch (thrown) {
      // Where the endpoint is gone there is nothing to see, and the first error said so.
      failure ??= toMigrateError(thrown, session);
    }
  }
  await session?.close().catch(() => undefined);
  return { report: reportOf(command, session, result, failure, view), failure };
}

/** The outcome as a library call gives it: the report, or the failure thrown. */
export async function reportOrThrow(outcome: Promise<Outcome>): Promise<Report> {
  const { report, failure } = await outcome;
  if (failure) throw failure;
  return report;
}

interface View {
  readonly migrations: readonly MigrationStatus[];
  readonly problems: readonly MigrateError[];
  readonly lock: LockRow | undefined;
}

const emptyView: View = { migrations: [], problems: [], lock: undefined };

async function viewOf(session: Session): Promise<View> {
  const { migrations: files, problems } = await session.files();
  const lock = await session.lock();
  const [rows, controls] = await Promise.all([
    session.rows().then((all) => withProgress(session.migrator, all)),
    session.migrator.controls.list(),
  ]);
  const { tableName } = session.settings;
  return {
    migrations: statusEntries({ files, rows }, { tableName, lock, now: Date.now(), controls }),
    problems: [...problems, ...checkState({ files, rows })],
    lock,
  };
}

export function reportOf(
  command: string,
  session: Session | undefined,
  { next = [], failure: _failure, ...result }: CommandResult,
  failure: MigrateError | undefined,
  { migrations, problems, lock }: View = emptyView,
): Report {
  return {
    schemaVersion: 1,
    command,
    env: session?.settings.environment ?? null,
    account: session?.knownAccount() ?? session?.settings.accountId ?? null,
    region: session?.settings.region ?? null,
    ok: failure === undefined,
    migrations,
    done: session?.done ?? [],
    lock: lock ?? null,
    warnings: session?.warnings ?? [],
    error: failure ? reportError(failure) : null,
    problems: problems.map(reportError),
    next,
    ...result,
    exitCode: failure ? failure.exitCode || 1 : (result.exitCode ?? 0),
  };
}

export function reportError({ code, message, migration, key, cause, fix }: MigrateError): ReportError {
  return {
    code,
    message,
    migration: migration ?? null,
    key: key ?? null,
    cause: cause === undefined ? null : messageOf(cause),
    fix: fix ?? null,
  };
}

function toMigrateError(thrown: unknown, session: Session | undefined): MigrateError {
  const { signal } = session?.migrator ?? {};
  if (signal?.aborted && !isMigrateError(thrown)) return stopped(signal, thrown);
  const error = session ? explainAwsError(thrown, session.endpointName) : thrown;
  if (isMigrateError(error)) return error;
  return new MigrateError('INTERNAL', messageOf(error), {
    cause: error,
    fix: 'run it again with --verbose and report what it prints',
  });
}

function stopped(signal: AbortSignal, cause: unknown): MigrateError {
  return isMigrateError(signal.reason) ? signal.reason : new MigrateError('INTERRUPTED', 'stopped', { cause });
}
