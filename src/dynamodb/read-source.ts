import {
  DescribeContinuousBackupsCommand,
  DescribeContributorInsightsCommand,
  DescribeKinesisStreamingDestinationCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetResourcePolicyCommand,
  ListTagsOfResourceCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { isAwsError } from './aws-errors.js';
import { describeTable } from './describe-table.js';

/** A table and its settings, as far as the endpoint knows of them: what an engine has no operation for is absent. */
export interface SourceTable {
  readonly table: TableDescription;
  /** The attribute that holds an item's expiry, where expiry is on. */
  readonly timeToLive: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** How many days back it can be restored, where it can; 35 unless somebody chose less. */
  readonly recoveryDays: number | undefined;
  /** Settings that a new table does not get; `denied`: IAM does not let us look. */
  readonly extras: {
    readonly resourcePolicy: boolean | 'denied';
    readonly kinesisStreams: readonly string[] | 'denied';
    readonly contributorInsights: boolean | 'denied';
  };
}

/** @throws MigrateError `TABLE_NOT_FOUND`. */
export async function describeSource(client: DynamoDBClient, tableName: string): Promise<SourceTable> {
  const table = await describeTable(client, tableName);
  const named = { TableName: tableName };
  const [timeToLive, tags, recoveryDays, resourcePolicy, kinesisStreams, contributorInsights] = await Promise.all([
    ifKnown(undefined, async () => {
      const { TimeToLiveDescription: now } = await client.send(new DescribeTimeToLiveCommand(named));
      const on = now?.TimeToLiveStatus === 'ENABLED' || now?.TimeToLiveStatus === 'ENABLING';
      return on ? now.AttributeName : undefined;
    }),
    ifKnown({}, () => readTags(client, table.TableArn)),
    ifKnown(undefined, async () => {
      const { ContinuousBackupsDescription: now } = await client.send(new DescribeContinuousBackupsCommand(named));
      const recovery = now?.PointInTimeRecoveryDescription;
      return recovery?.PointInTimeRecoveryStatus === 'ENABLED' ? (recovery.RecoveryPeriodInDays ?? 35) : undefined;
    }),
    ifAllowed(false, async () => {
      const { Policy } = await client.send(new GetResourcePolicyCommand({ ResourceArn: table.TableArn }));
      return Policy !== undefined;
    }),
    ifAllowed([], async () => {
      const output = await client.send(new DescribeKinesisStreamingDestinationCommand(named));
      return (output.KinesisDataStreamDestinations ?? [])
        .filter(({ DestinationStatus }) => DestinationStatus !== 'DISABLED')
        .map(({ StreamArn = '' }) => StreamArn.replace(/^.*:stream\//, ''));
    }),
    ifAllowed(false, async () => {
      const output = await client.send(new DescribeContributorInsightsCommand(named));
      return output.ContributorInsightsStatus === 'ENABLED' || output.ContributorInsightsStatus === 'ENABLING';
    }),
  ]);
  return { table, timeToLive, tags, recoveryDays, extras: { resourcePolicy, kinesisStreams, contributorInsights } };
}

/** All tags of a resource; `{}` where there is no such thing as a tag. */
export async function readTags(client: DynamoDBClient, ResourceArn: string | undefined): Promise<SourceTable['tags']> {
  const tags: Record<string, string> = {};
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListTagsOfResourceCommand({ ResourceArn, NextToken }));
    for (const { Key = '', Value = '' } of page.Tags ?? []) tags[Key] = Value;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return tags;
}

/** `absent` where the endpoint has no such operation. */
export async function ifKnown<T>(absent: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isAwsError(error, 'UnknownOperationException')) return absent;
    throw error;
  }
}

/** Nothing of this is carried over, so a role that may not look need not fail; it is told what it missed. */
function ifAllowed<T>(absent: T, ask: () => Promise<T>): Promise<T | 'denied'> {
  return ifKnown<T | 'denied'>(absent, async () => {
    try {
      return await ask();
    } catch (error) {
      if (isAwsError(error, 'PolicyNotFoundException', 'ResourceNotFoundException')) return absent;
      if (isAwsError(error, 'AccessDeniedException')) return 'denied';
      throw error;
    }
  });
}
