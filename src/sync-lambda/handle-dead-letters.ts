import type { ShardRange } from '../dynamodb/streams/read-range.js';
import { MigrateError, messageOf } from '../errors.js';
import type { Lease } from '../ledger/lease.js';
import { obligationsOf } from '../reconcile/handle-stream-records.js';
import type { Obligation, Obligations } from '../reconcile/ports.js';
import { mayNotWrite } from './create-sync-handler.js';
import { type InvocationContext, inInvocation } from './in-invocation.js';
import type { SyncParts } from './sync-parts.js';

/** What an event source mapping of a queue expects: these messages are delivered again. */
export interface QueueBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Turns batches that Lambda gave up into obligations. A message has positions only, so the records are read from the
 * stream once more, and every item that they name is to be reconciled; the next tick does so, or a command. Nothing of
 * the records but keys is used. Where the stream has them no more, what was in the batch is not known, and the cutover
 * is barred until a full verify with repair has looked at both tables.
 */
export async function handleDeadLetters(
  parts: SyncParts,
  messages: readonly unknown[],
  { onError, ...context }: InvocationContext & { readonly onError?: ((error: unknown) => void) | undefined },
): Promise<QueueBatchResponse> {
  return inInvocation(parts, context, async ({ lease, row, standing, openObligations }) => {
    // A direction that is over, or a move that is gone, misses nothing any more.
    if (!row || standing === 'over') return { batchItemFailures: [] };
    // A cutover has looked for what is open, and must not find more: it is given up, or this direction is over then.
    if (standing === 'wait') throw mayNotWrite(parts.id, row);
    const obligations = openObligations();
    const failed: string[] = [];
    for (const message of messages) {
      try {
        if (!(await replay(parts, lease, obligations, rangeOf(message)))) await obligations.add([givenUp(message)]);
      } catch (error) {
        onError?.(error);
        failed.push(String(memberOf(message, 'messageId')));
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}

/** Puts on record what is to be done for the records of a range; answers whether the stream still had all of them. */
async function replay(
  { ports, readRange }: SyncParts,
  lease: Lease,
  obligations: Obligations,
  range: ShardRange | undefined,
): Promise<boolean> {
  if (!range) return false;
  const { mapping } = await ports(lease);
  const onRecords = async (records: readonly unknown[]) => {
    await obligations.add(obligationsOf(records, mapping));
  };
  return (await readRange({ range, onRecords })) === 'read';
}

function rangeOf(message: unknown): ShardRange | undefined {
  const batch = memberOf(bodyOf(message), 'DDBStreamBatchInfo');
  const names = ['streamArn', 'shardId', 'startSequenceNumber', 'endSequenceNumber'];
  const [streamArn = '', shardId = '', from = '', to = ''] = names.map((name) => {
    const value = memberOf(batch, name);
    return typeof value === 'string' ? value : '';
  });
  const isNumber = (text: string) => /^\d+$/.test(text);
  return streamArn !== '' && shardId !== '' && isNumber(from) && isNumber(to)
    ? { streamArn, shardId, from, to }
    : undefined;
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
