import type { _Record as ShardRecord } from '@aws-sdk/client-dynamodb-streams';
import { isMigrateError } from '../../errors.js';

export type { ShardRecord };

/** What a Lambda function with ReportBatchItemFailures answers: all from the lowest of these numbers on comes again. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Handles records of one shard, in their order; resolves when their effect is durable. What it rejects with, or
 * reports as failed, is tried again for ever, so that nothing is skipped. Only LEASE_LOST ends the following.
 */
export type HandleRecords = (
  records: readonly ShardRecord[],
  shard: { readonly shardId: string },
) => Promise<BatchAnswer> | Promise<void>;

export interface HandledRecords {
  /** How many were handled, from the first one on. */
  readonly count: number;
  /** Why the rest was not. */
  readonly error?: unknown;
}

/** Has a batch handled once, and answers how far it came. */
export async function handleRecords(
  handle: HandleRecords,
  records: readonly ShardRecord[],
  shardId: string,
): Promise<HandledRecords> {
  try {
    const failures = (await handle(records, { shardId }))?.batchItemFailures ?? [];
    if (failures.length === 0) return { count: records.length };
    // A number that is not of this batch says nothing of what is safe: then nothing was handled, as for Lambda.
    const failed = failures.map(({ itemIdentifier }) => Math.max(0, indexOf(records, itemIdentifier)));
    return { count: Math.min(...failed), error: `${failures.length} records were reported as failed` };
  } catch (error) {
    if (isMigrateError(error, 'LEASE_LOST')) throw error;
    return { count: 0, error };
  }
}

function indexOf(records: readonly ShardRecord[], sequenceNumber: string): number {
  return records.findIndex((record) => record.dynamodb?.SequenceNumber === sequenceNumber);
}
