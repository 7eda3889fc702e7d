import { MigrateError, messageOf } from '../errors.js';
import { beginInvocation } from '../ledger/invocations.js';
import { standingOf } from '../ledger/move-phase.js';
import { lambdaOrigin } from '../ledger/origin.js';
import type { Obligation } from '../reconcile/ports.js';
import { type InvocationContext, invocationLeaseMs } from './create-sync-handler.js';
import type { SyncParts } from './sync-parts.js';

/** What an event source mapping of a queue expects: these messages are delivered again. */
export interface QueueBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Turns batches that Lambda gave up into obligations. What was in them is not known, so the cutover is barred until a
 * full verify with repair has looked at both tables.
 */
export async function handleDeadLetters(
  { id, direction, meta, ledger, obligations }: SyncParts,
  messages: readonly unknown[],
  {
    awsRequestId = 'local',
    functionName = 'local',
    onError,
  }: InvocationContext & { readonly onError?: (error: unknown) => void },
): Promise<QueueBatchResponse> {
  const { lease, end } = await beginInvocation({
    table: meta,
    id,
    direction,
    functionName,
    leaseMs: invocationLeaseMs,
  });
  try {
    const row = await ledger.get(id);
    // A direction that is over, or a move that is gone, misses nothing any more.
    if (!row || standingOf(row, direction) === 'over') return { batchItemFailures: [] };
    const bound = obligations(lease).bind(id, direction, lambdaOrigin(awsRequestId));
    const failed: string[] = [];
    for (const message of messages) {
      try {
        await bound.add([givenUp(message)]);
      } catch (error) {
        onError?.(error);
        failed.push(String(memberOf(message, 'messageId')));
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  } finally {
    await end();
  }
}

/** A message that cannot be read stands for a batch all the same. */
function givenUp(message: unknown): Obligation {
  const body = bodyOf(message);
  const batch = memberOf(body, 'DDBStreamBatchInfo');
  const text = (name: string) => String(memberOf(batch, name) ?? 'unknown');
  const condition = memberOf(memberOf(body, 'requestContext'), 'condition') ?? 'given up';
  return {
    kind: 'misshapen',
    record: {
      eventID: `${text('shardId')} ${text('startSequenceNumber')}`,
      eventName: 'GIVEN_UP',
      dynamodb: { SequenceNumber: memberOf(batch, 'startSequenceNumber') },
    },
    error: new MigrateError(
      'MIGRATION_FAILED',
      `Lambda gave up ${text('batchSize')} records of the shard ${text('shardId')}, from ${text('startSequenceNumber')} to ${text('endSequenceNumber')} (${String(condition)})`,
    ),
  };
}

function bodyOf(message: unknown): unknown {
  const body = memberOf(message, 'body');
  try {
    return JSON.parse(String(body));
  } catch (error) {
    return { requestContext: { condition: `a message that is no JSON: ${messageOf(error)}` } };
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
