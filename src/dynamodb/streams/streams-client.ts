import { createRequire } from 'node:module';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { ClientOptions } from '../client.js';

const require = createRequire(import.meta.url);

/** A client of the streams side, of the same endpoint and credentials as the client of the tables. It only reads. */
export function createStreamsClient(options: Omit<ClientOptions, 'guard'>): DynamoDBStreamsClient {
  const { region, profile, endpoint, credentials } = options;
  // Most commands follow no stream: loaded by the first that does.
  const sdk = require('@aws-sdk/client-dynamodb-streams') as typeof import('@aws-sdk/client-dynamodb-streams');
  return new sdk.DynamoDBStreamsClient({
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    // Whoever follows a stream waits and tries again by itself, and tells why.
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
}
