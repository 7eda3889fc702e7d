import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { guardWrites, type WriteGuard } from './write-guard.js';

export interface ClientOptions {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Given by an embedded engine; otherwise the SDK's own credential chain is used. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Called before every request that is not a read; throws to stop it. */
  readonly guard?: WriteGuard | undefined;
}

/**
 * The client that everything but the embedded engines talks through. Every write passes `guard` first,
 * also those of a document client made from it, because both share one middleware stack.
 */
export function createClient({ region, profile, endpoint, credentials, guard }: ClientOptions): DynamoDBClient {
  const client = new DynamoDBClient({
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    maxAttempts: 6,
    // The SDK's handler has no time limit of its own: a lost packet would hold a worker for ever.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
  if (guard) guardWrites(client, guard);
  return client;
}
