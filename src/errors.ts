/**
 * Every error code, its exit code and what it means in one line. The codes are a public promise:
 * they are never renamed, and each has a heading in docs/errors.md.
 */
export const errorCodes = {
  // 1: failed
  MIGRATION_FAILED: { exitCode: 1, summary: 'a migration stopped on an error that is not its own code below' },
  TRANSFORM_FAILED: { exitCode: 1, summary: 'a transform threw an error for an item' },
  ATTRIBUTE_COLLISION: { exitCode: 1, summary: 'an operation would overwrite an attribute that an item already has' },
  ITEM_TOO_LARGE: { exitCode: 1, summary: 'an item would pass 400 KB after its transform' },
  ITEM_INVALID: { exitCode: 1, summary: 'a transform returned a value that DynamoDB cannot store' },
  KEY_COLLISION: { exitCode: 1, summary: 'several items of a move claim one key of the new table' },
  ITEM_CONTENDED: { exitCode: 1, summary: 'an item changed under every attempt to rewrite it' },
  TOO_MANY_ITEM_ERRORS: { exitCode: 1, summary: 'more items failed than --max-item-errors allows' },
  LEASE_LOST: { exitCode: 1, summary: 'the lock was taken over while this process held it' },
  TABLE_NOT_FOUND: { exitCode: 1, summary: 'a table that a migration names does not exist' },
  TABLE_EXISTS: { exitCode: 1, summary: 'a table or index that a migration creates is there already' },
  META_TABLE_INVALID: { exitCode: 1, summary: 'the meta table has other keys than this tool gives it' },
  ENDPOINT_UNREACHABLE: { exitCode: 1, summary: 'the DynamoDB endpoint does not answer' },
  CREDENTIALS_INVALID: { exitCode: 1, summary: 'AWS credentials are missing, expired or refused' },
  ACCESS_DENIED: { exitCode: 1, summary: 'an IAM policy denies a call' },
  BUNDLE_FAILED: { exitCode: 1, summary: 'a migration cannot be bundled for a Lambda function' },
  PACKAGE_MISSING: { exitCode: 1, summary: 'a package that only some commands need is not installed' },
  STACK_FAILED: { exitCode: 1, summary: 'CloudFormation could not make, change or delete a stack' },
  ENGINE_FAILED: { exitCode: 1, summary: 'the embedded engine could not be started' },
  // 3: lock
  LOCK_HELD: { exitCode: 3, summary: 'another process holds the lock' },
  // 4: invalid
  CHECKSUM_MISMATCH: { exitCode: 4, summary: 'a migration file changed after it was applied or started' },
  MIGRATION_MISSING: { exitCode: 4, summary: 'an applied migration has no file' },
  OUT_OF_ORDER: { exitCode: 4, summary: 'a pending migration sorts before an applied one' },
  DUPLICATE_NUMBER: { exitCode: 4, summary: 'two migration files share a number' },
  MIGRATION_LOAD_FAILED: { exitCode: 4, summary: 'a migration file could not be loaded' },
  MIGRATION_INVALID: { exitCode: 4, summary: 'a migration file does not export a migration, or a wrong one' },
  TRANSFORM_ASYNC: { exitCode: 4, summary: 'a transform returned a promise' },
  KEY_CHANGED: { exitCode: 4, summary: 'an in-place transform changes a key attribute' },
  NOT_IDEMPOTENT: { exitCode: 4, summary: 'a transform would change an item again after it was applied' },
  // 5: drift
  TABLE_DRIFT: { exitCode: 5, summary: 'a table is not what a migration says it is' },
  // 6: verify
  VERIFY_MISMATCH: { exitCode: 6, summary: 'the tables of a move differ' },
  // 7: not finished
  MIGRATION_UNFINISHED: { exitCode: 7, summary: 'another migration has to be finished or taken back first' },
  TABLE_FROZEN: { exitCode: 7, summary: 'a cutover holds back the writes to a table' },
  // 8: refused
  CUTOVER_REFUSED: { exitCode: 8, summary: 'a gate bars the cutover of a move, or its way back' },
  PLAN_CHANGED: { exitCode: 8, summary: 'what a plan was made from is not so any more' },
  IRREVERSIBLE: { exitCode: 8, summary: 'a migration has no way back' },
  PROTECTED_ENVIRONMENT: { exitCode: 8, summary: 'the environment is protected and --yes was not given' },
  WRONG_ACCOUNT: { exitCode: 8, summary: 'the credentials belong to another account than the config names' },
  WRITE_BLOCKED: { exitCode: 8, summary: 'a write was blocked because the run is read-only' },
  REASON_REQUIRED: { exitCode: 8, summary: 'an audited command was given no --reason' },
  // 64: usage
  USAGE: { exitCode: 64, summary: 'unknown command, flag or value' },
  CONFIG_NOT_FOUND: { exitCode: 64, summary: 'there is no migrate.config file' },
  CONFIG_INVALID: { exitCode: 64, summary: 'the config is not valid' },
  UNKNOWN_MIGRATION: { exitCode: 64, summary: 'no migration has this id' },
  UNKNOWN_ENVIRONMENT: { exitCode: 64, summary: 'the config has no such environment' },
  FILE_EXISTS: { exitCode: 64, summary: 'a file that would be written is there already' },
  // 130/143: signal
  INTERRUPTED: { exitCode: 130, summary: 'a signal stopped the run; everything up to the last saved page is kept' },
  // Ours to fix
  INTERNAL: { exitCode: 1, summary: 'a defect in dynamigrate' },
} as const satisfies Record<string, { exitCode: number; summary: string }>;

/** A stable error code, one of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** What an error knows beside its message. */
export interface MigrateErrorDetails {
  /** The migration's id. */
  readonly migration?: string | undefined;
  /** The key of the item that failed, as plain text: `id=42 preferenceType=EMAIL`. */
  readonly key?: string | undefined;
  /** The way out, as a command to type or a sentence. */
  readonly fix?: string | undefined;
  /** What threw. */
  readonly cause?: unknown;
  /** Overrides the code's own exit code; a SIGTERM exits with 143. */
  readonly exitCode?: number | undefined;
}

const errorMark: unique symbol = Symbol.for('dynamigrate.error') as never;

/**
 * The one error class of dynamigrate. Tell errors apart by `code`, never by `message`.
 *
 * The message is lower-case, names things in backticks and says what was found; the way out is in `fix`.
 */
export class MigrateError extends Error {
  override readonly name = 'MigrateError';
  /** Tells it from a user's class of the same name, also across copies of the package. */
  readonly [errorMark] = true;
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly migration: string | undefined;
  readonly key: string | undefined;
  readonly fix: string | undefined;

  constructor(code: ErrorCode, message: string, details: MigrateErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.exitCode = details.exitCode ?? errorCodes[code].exitCode;
    this.migration = details.migration;
    this.key = details.key;
    this.fix = details.fix;
  }
}

/** Whether `error` is a {@link MigrateError}, of one of `codes` if any are given. Works across copies of the package. */
export function isMigrateError(error: unknown, ...codes: ErrorCode[]): error is MigrateError {
  return (
    error instanceof Error &&
    errorMark in error &&
    (error as MigrateError).code in errorCodes &&
    (codes.length === 0 || codes.includes((error as MigrateError).code))
  );
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** @throws MigrateError the signal's own reason, or `INTERRUPTED` with `message`, once `signal` is aborted. */
export function throwIfStopped(signal: AbortSignal | undefined, message: string): void {
  if (!signal?.aborted) return;
  if (isMigrateError(signal.reason)) throw signal.reason;
  throw new MigrateError('INTERRUPTED', message, { cause: signal.reason });
}
