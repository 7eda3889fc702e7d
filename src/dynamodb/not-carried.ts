import type { SourceTable } from './read-source.js';

// What a new on-demand table can serve at once (developer guide, "DynamoDB warm throughput").
const coldTable = { read: 12_000, write: 4_000 };

/** What a source has beyond what a new table gets, for people: each ends a sentence that begins "not carried over:". */
export function notCarried(
  { table, timeToLive, recoveryDays, extras }: SourceTable,
  target: { readonly dropped: readonly string[]; readonly provisioned: boolean },
): string[] {
  const { resourcePolicy, kinesisStreams, contributorInsights } = extras;
  const view = table.StreamSpecification?.StreamEnabled ? table.StreamSpecification.StreamViewType : undefined;
  const regions = (table.Replicas ?? []).map(({ RegionName }) => RegionName);
  const vectors = (table.VectorIndexes ?? []).map(({ IndexName }) => `\`${IndexName}\``);
  return [
    ...target.dropped,
    view !== undefined && `the stream (\`${view}\`) and whoever reads it`,
    timeToLive !== undefined && `time to live on \`${timeToLive}\` until after the cutover`,
    regions.length > 0 && `the replicas in ${regions.join(', ')}: add them to the new table`,
    vectors.length > 0 && `the vector indexes ${vectors.join(', ')}`,
    recoveryDays !== undefined && recoveryDays !== 35 && `the recovery period of ${recoveryDays} days: it becomes 35`,
    resourcePolicy === true && 'the resource policy: it names the old table',
    resourcePolicy === 'denied' && 'a resource policy, if there is one: IAM denies dynamodb:GetResourcePolicy',
    kinesisStreams === 'denied' &&
      'streaming to Kinesis, if there is any: IAM denies dynamodb:DescribeKinesisStreamingDestination',
    kinesisStreams !== 'denied' &&
      kinesisStreams.length > 0 &&
      `streaming to Kinesis (${kinesisStreams.map((name) => `\`${name}\``).join(', ')})`,
    contributorInsights === true && 'Contributor Insights',
    contributorInsights === 'denied' &&
      'Contributor Insights, if they are on: IAM denies dynamodb:DescribeContributorInsights',
    warmThroughput(table, target.provisioned),
    target.provisioned && 'auto scaling, which is not read: set it up for the new table',
    table.DisassociationProtectionEnabled === true && 'disassociation protection',
  ].filter((one) => typeof one === 'string');
}

function warmThroughput({ WarmThroughput }: SourceTable['table'], provisioned: boolean): string | false {
  const { ReadUnitsPerSecond: read = 0, WriteUnitsPerSecond: write = 0 } = WarmThroughput ?? {};
  const above = read > coldTable.read || write > coldTable.write;
  return above && !provisioned && `the warm throughput (${read} reads and ${write} writes a second): it starts cold`;
}
