import { isMigrateError, MigrateError, messageOf } from '../errors.js';

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  'TimeoutError',
]);

const badCredentials = new Set([
  'CredentialsProviderError',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'ExpiredTokenException',
  'ExpiredToken',
  'TokenProviderError',
]);

/** Whether an SDK error has one of these names. */
export function isAwsError(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

/** Whether the request may be sent again as it is: throttling, a server's fault or a transport fault. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $retryable, $metadata } = error as {
    $retryable?: unknown;
    $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean };
  };
  return (
    $retryable !== undefined ||
    // The SDK learned from the refusal what time it is, and signs the next attempt with that.
    $metadata?.clockSkewCorrected === true ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    unreachable.has(errnoOf(error)) ||
    /Throttl|ThroughputExceeded|RequestLimitExceeded|InternalServerError|TransactionConflict/.test(error.name)
  );
}

/** No connection was made, so nothing was sent. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Whether a write that failed so may have been made all the same, or may still be: no answer, or one that tells of
 * the server's own fault. An answer that refuses the request (4xx: throttled, a failed condition) is a certain no.
 */
export function isUnknownOutcome(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  const refused = status >= 400 && status < 500;
  return !refused && !neverSent.has(errnoOf(error));
}

/** Whether DynamoDB refused the request because the capacity did not suffice. */
export function isThrottling(error: unknown): boolean {
  return error instanceof Error && /Throttl|ThroughputExceeded|RequestLimitExceeded/.test(error.name);
}

/** Whether the error is about reaching DynamoDB at all, rather than about the request. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Error && (unreachable.has(errnoOf(error)) || badCredentials.has(error.name));
}

/**
 * What an SDK error means to the user, as a {@link MigrateError}; anything unknown comes back as it was.
 *
 * @param endpoint what to name as the endpoint in a message.
 */
export function explainAwsError(error: unknown, endpoint: string): unknown {
  if (!(error instanceof Error) || isMigrateError(error)) return error;
  const errno = errnoOf(error);
  if (unreachable.has(errno)) {
    const isUrl = endpoint.includes('://');
    return new MigrateError(
      'ENDPOINT_UNREACHABLE',
      `${isUrl ? `\`${endpoint}\`` : endpoint} does not answer (${errno})`,
      {
        cause: error,
        fix: isUrl
          ? 'start the engine there, or give another --endpoint'
          : 'see that the region is spelt right (--region) and that this machine has a way to AWS',
      },
    );
  }
  if (badCredentials.has(error.name)) {
    return new MigrateError('CREDENTIALS_INVALID', `no usable AWS credentials: ${messageOf(error)}`, {
      cause: error,
      fix: 'set AWS_PROFILE or --profile, or log in again (`aws sso login`)',
    });
  }
  if (/^AccessDenied/.test(error.name)) {
    return new MigrateError('ACCESS_DENIED', messageOf(error), {
      cause: error,
      fix: 'allow the action in the IAM policy of the role that runs the migration',
    });
  }
  if (error.name === 'ResourceNotFoundException') {
    return new MigrateError('TABLE_NOT_FOUND', messageOf(error), {
      cause: error,
      fix: 'check the table’s name, --env and --region',
    });
  }
  if (/Region is missing/.test(error.message)) {
    return new MigrateError('CONFIG_INVALID', 'no AWS region is configured', {
      cause: error,
      fix: 'set `region` in the environment, AWS_REGION, or --region',
    });
  }
  if ('$metadata' in error) {
    return new MigrateError('MIGRATION_FAILED', `${error.name}: ${error.message}`, {
      cause: error,
      fix: 'the same command goes on from where it stopped',
    });
  }
  return error;
}

function errnoOf(error: Error): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return errnoOf(error.errors[0]);
  return cause instanceof Error ? errnoOf(cause) : error.name;
}
