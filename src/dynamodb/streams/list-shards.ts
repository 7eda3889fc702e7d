import { DescribeStreamCommand, type DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { isAwsError } from '../aws-errors.js';

export interface ListedShard {
  readonly shardId: string;
  readonly parentShardId: string | undefined;
}

export interface ShardListing {
  /** `ENABLING`, `ENABLED`, `DISABLING`, `DISABLED`; `GONE` where there is no such stream. */
  readonly status: string;
  readonly shards: readonly ListedShard[];
}

/** All shards of a stream, page after page. Shards that are closed stay listed until their records have expired. */
export async function listShards(
  client: Pick<DynamoDBStreamsClient, 'send'>,
  streamArn: string,
  signal?: AbortSignal,
): Promise<ShardListing> {
  const shards = new Map<string, ListedShard>();
  let status = 'ENABLED';
  let start: string | undefined;
  try {
    do {
      const command = new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: start });
      const { StreamDescription: page } = await client.send(command, signal ? { abortSignal: signal } : {});
      status = page?.StreamStatus ?? status;
      for (const { ShardId, ParentShardId } of page?.Shards ?? []) {
        if (ShardId !== undefined) shards.set(ShardId, { shardId: ShardId, parentShardId: ParentShardId });
      }
      start = page?.LastEvaluatedShardId;
    } while (start !== undefined);
  } catch (error) {
    if (isAwsError(error, 'ResourceNotFoundException')) return { status: 'GONE', shards: [] };
    throw error;
  }
  return { status, shards: [...shards.values()] };
}
