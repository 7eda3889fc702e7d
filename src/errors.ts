/**
 * The exit code of every error code. The codes are a public promise: they are never renamed, and each has a heading in
 * docs/errors.md. What they mean is in `error-codes.ts`, which a Lambda function has no use for.
 */
export const exitCodes = {
  // 1: failed
  MIGRATION_FAILED: 1,
  TRANSFORM_FAILED: 1,
  ATTRIBUTE_COLLISION: 1,
  ITEM_TOO_LARGE: 1,
  ITEM_INVALID: 1,
  KEY_COLLISION: 1,
  ITEM_CONTENDED: 1,
  TOO_MANY_ITEM_ERRORS: 1,
  LEASE_LOST: 1,
  TABLE_NOT_FOUND: 1,
  TABLE_EXISTS: 1,
  META_TABLE_INVALID: 1,
  ENDPOINT_UNREACHABLE: 1,
  CREDENTIALS_INVALID: 1,
  ACCESS_DENIED: 1,
  BUNDLE_FAILED: 1,
  PACKAGE_MISSING: 1,
  STACK_FAILED: 1,
  ENGINE_FAILED: 1,
  // 3: lock
  LOCK_HELD: 3,
  // 4: invalid
  CHECKSUM_MISMATCH: 4,
  MIGRATION_MISSING: 4,
  OUT_OF_ORDER: 4,
  DUPLICATE_NUMBER: 4,
  MIGRATION_LOAD_FAILED: 4,
  MIGRATION_INVALID: 4,
  TRANSFORM_ASYNC: 4,
  KEY_CHANGED: 4,
  NOT_IDEMPOTENT: 4,
  // 5: drift
  TABLE_DRIFT: 5,
  // 6: verify
  VERIFY_MISMATCH: 6,
  // 7: not finished
  MIGRATION_UNFINISHED: 7,
  TABLE_FROZEN: 7,
  // 8: refused
  CUTOVER_REFUSED: 8,
  PLAN_CHANGED: 8,
  IRREVERSIBLE: 8,
  PROTECTED_ENVIRONMENT: 8,
  WRONG_ACCOUNT: 8,
  WRITE_BLOCKED: 8,
  REASON_REQUIRED: 8,
  // 64: usage
  USAGE: 64,
  CONFIG_NOT_FOUND: 64,
  CONFIG_INVALID: 64,
  UNKNOWN_MIGRATION: 64,
  UNKNOWN_ENVIRONMENT: 64,
  FILE_EXISTS: 64,
  // 130/143: signal
  INTERRUPTED: 130,
  // Ours to fix
  INTERNAL: 1,
} as const;

/** A stable error code, one of {@link exitCodes}. */
export type ErrorCode = keyof typeof exitCodes;

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
    this.exitCode = details.exitCode ?? exitCodes[code];
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
    (error as MigrateError).code in exitCodes &&
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
