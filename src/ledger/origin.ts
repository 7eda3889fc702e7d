import type { Lease } from './lease.js';

// Origins name who works on a batch, in the rows that it leaves.

/** The holder of the lease of a live sync. */
export function syncOrigin({ token }: Pick<Lease, 'token'>): string {
  return `sync ${token}`;
}

/** A Lambda function of a live sync, one name an invocation. */
export function lambdaOrigin(requestId: string): string {
  return `lambda ${requestId}`;
}

/** Whether an invocation of a Lambda function is meant. */
export function isLambda(origin: string): boolean {
  return origin.startsWith('lambda ');
}

/** AWS: a Lambda function runs for 15 minutes at most. One minute is for what it sent last. */
const lambdaMs = 16 * 60_000;
/** A page that is repaired under the lock, beside the live sync. */
const pageMs = 60_000;

/**
 * Whether a batch may still be worked on, as seen by a holder of the sync lease: other holders of it are dead.
 *
 * @param ageMs how long the batch's row was seen unchanged
 */
export function mayStillRun(origin: string, ageMs: number): boolean {
  if (origin.startsWith('sync ')) return false;
  return ageMs < (isLambda(origin) ? lambdaMs : pageMs);
}
