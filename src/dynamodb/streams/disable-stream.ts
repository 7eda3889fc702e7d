import { setTimeout as delay } from 'node:timers/promises';
import { type DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { isAwsError } from '../aws-errors.js';
import { findTable } from '../describe-table.js';
import type { EnableStreamOptions } from './enable-stream.js';

/** A stream, as it was enabled for a move. */
export interface OurStream {
  readonly streamArn: string;
  readonly enabledByUs: boolean;
}

const POLL_MS = 250;

/**
 * Switches a stream off if it was switched on by us and is still the same one; any other is `kept`. Its records can be
 * read for 24 hours after that, and its shards get an end.
 */
export async function disableStream(
  client: DynamoDBClient,
  tableName: string,
  { streamArn, enabledByUs }: OurStream,
  { signal }: EnableStreamOptions = {},
): Promise<'disabled' | 'kept'> {
  if (!enabledByUs) return 'kept';
  for (;;) {
    const table = await findTable(client, tableName);
    if (!table) return 'disabled';
    if (table.LatestStreamArn !== streamArn) return 'kept';
    const status = table.TableStatus ?? 'ACTIVE';
    const isOn = table.StreamSpecification?.StreamEnabled === true;
    if (!isOn && status === 'ACTIVE') return 'disabled';
    if (isOn && status === 'ACTIVE') await switchOff(client, tableName);
    await delay(POLL_MS, undefined, signal && { signal });
  }
}

async function switchOff(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(new UpdateTableCommand({ TableName: tableName, StreamSpecification: { StreamEnabled: false } }));
  } catch (error) {
    // The table is changing, or is gone, or somebody else was faster: the next look tells.
    const again =
      isAwsError(error, 'ResourceInUseException', 'LimitExceededException', 'ResourceNotFoundException') ||
      (isAwsError(error, 'ValidationException') && /already disabled|stream/i.test(error.message));
    if (!again) throw error;
  }
}
