import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ClientBudget, rawBudget, spendBudget } from './budget/budget-client.js';
import { checkedAgents } from './checked-agents.js';
import { mostInFlight } from './in-flight.js';
import type { BodyFormat } from './raw-json.js';
import { sendRaw } from './raw-requests.js';
import { guardWrites, type WriteGuard } from './write-guard.js';

export interface ClientOptions {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Given by an embedded engine; otherwise the SDK's own credential chain is used. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Called before every request that is not a read; throws to stop it. */
  readonly guard?: WriteGuard | undefined;
  /** What its requests wait for, and are charged to. Default: nothing. */
  readonly budget?: ClientBudget | undefined;
  /** Called when a connection stands, before anything is sent on it; throws to send nothing. */
  readonly checkConnection?: (() => void) | undefined;
  /** Bodies that may have items as texts, where they are asked for. Default: raw items only. */
  readonly texts?: BodyFormat | undefined;
  /** How often the client itself sends a request. 1 where the caller has to know of every attempt. Default 6. */
  readonly maxAttempts?: number;
  /** After this time without an answer an attempt has failed; its request may still be carried out. Default 30 s. */
  readonly requestTimeoutMs?: number;
}

/** The handler's default is 50. */
const sockets = { maxSockets: mostInFlight };

/**
 * The client that everything but the embedded engines talks through. Every write passes `guard` first,
 * also those of a document client made from it, because both share one middleware stack.
 */
export function createClient(options: ClientOptions): DynamoDBClient {
  const { region, profile, endpoint, credentials, guard, budget, checkConnection, texts } = options;
  const { maxAttempts = 6, requestTimeoutMs = 30_000 } = options;
  const client = new DynamoDBClient({
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    maxAttempts,
    // The SDK's handler has no time limit of its own: a lost packet would hold a worker for ever.
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      ...(checkConnection ? checkedAgents(checkConnection) : { httpAgent: sockets, httpsAgent: sockets }),
    },
  });
  if (guard) guardWrites(client, guard);
  if (budget) spendBudget(client, budget);
  sendRaw(client, { ...(budget && rawBudget(budget)), texts });
  return client;
}
