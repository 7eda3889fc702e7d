import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { MigrateError } from '../../errors.js';
import { isAwsError } from '../aws-errors.js';
import type { ShardRecord } from './handle-records.js';
import { streamFaultOf } from './stream-fault.js';

/** A part of a shard, from its first record to its last. */
export interface ShardRange {
  readonly streamArn: string;
  readonly shardId: string;
  readonly from: string;
  readonly to: string;
}

export interface ReadRangeOptions {
  readonly client: Pick<DynamoDBStreamsClient, 'send'>;
  readonly range: ShardRange;
  /** Gets each page, in order; the next one is read when it resolves. */
  readonly onRecords: (records: readonly ShardRecord[]) => Promise<void>;
}

/** Where nothing was written for long, DynamoDB answers pages without a record; so many in a row are a fault. */
const maxEmptyPages = 1_000;

/**
 * Reads the records of a range once more, also those of other batches that lie between. Answers `gone` where the stream
 * does not have all of them any more; what it still has may have been given before.
 *
 * @throws what may work when it is tried again.
 */
export async function readRange({ client, range, onRecords }: ReadRangeOptions): Promise<'read' | 'gone'> {
  const { streamArn: StreamArn, shardId: ShardId, from, to } = range;
  const last = BigInt(to);
  let first: bigint | undefined;
  try {
    const start = { StreamArn, ShardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: from } as const;
    let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand(start));
    for (let empty = 0; iterator !== undefined && empty < maxEmptyPages; ) {
      const page: { Records?: ShardRecord[] | undefined; NextShardIterator?: string | undefined } = await client.send(
        new GetRecordsCommand({ ShardIterator: iterator }),
      );
      const records = page.Records ?? [];
      const wanted = records.filter((record) => numberOf(record) <= last);
      if (wanted.length > 0) await onRecords(wanted);
      first ??= records[0] && numberOf(records[0]);
      // It begins at a record that was there: another one comes first only where that one is dropped.
      if (first !== undefined && first !== BigInt(from)) return 'gone';
      if (records.some((record) => numberOf(record) >= last)) return 'read';
      iterator = page.NextShardIterator;
      empty = records.length === 0 ? empty + 1 : 0;
    }
    if (iterator === undefined) return 'gone';
  } catch (error) {
    const fault = streamFaultOf(error);
    // A number that the shard never had is refused as such.
    if (fault === 'trimmed' || fault === 'gone' || isAwsError(error, 'ValidationException')) return 'gone';
    throw error;
  }
  throw new MigrateError('MIGRATION_UNFINISHED', `the shard ${ShardId} did not come to its record ${to}`, {
    fix: 'it is read again when the message is delivered again',
  });
}

function numberOf({ dynamodb }: ShardRecord): bigint {
  return BigInt(dynamodb?.SequenceNumber ?? 0);
}
