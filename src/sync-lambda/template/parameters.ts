import type { Resources, Value } from './intrinsics.js';

export interface TemplateDefaults {
  /** Real names. */
  readonly source: string;
  readonly target: string;
  readonly metaTable: string;
  /** The streams, as far as they are on already. */
  readonly sourceStreamArn?: string | undefined;
  readonly targetStreamArn?: string | undefined;
  /** Where the zip of the bundle is in the bucket. */
  readonly artifactKey: string;
}

const tablePattern = '^[a-zA-Z0-9_.-]{3,255}$';
const streamPattern = '^(arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]+/stream/.+)?$';

/** What is asked of whoever deploys the template; everything but the bucket has a default. */
export function parametersOf(defaults: TemplateDefaults): Resources {
  const { source, target, metaTable, sourceStreamArn = '', targetStreamArn = '', artifactKey } = defaults;
  const table = (Default: string, Description: string): Value => ({
    Type: 'String',
    Default,
    AllowedPattern: tablePattern,
    Description,
  });
  const stream = (Default: string, Description: string): Value => ({
    Type: 'String',
    Default,
    AllowedPattern: streamPattern,
    Description,
  });
  const number = (Default: number, MinValue: number, MaxValue: number, Description: string): Value => ({
    Type: 'Number',
    Default,
    MinValue,
    MaxValue,
    Description,
  });
  return {
    SourceTable: table(source, 'The table that items come from'),
    TargetTable: table(target, 'The table that items go to'),
    MetaTable: table(metaTable, 'The table in which migrations are recorded'),
    SourceStreamArn: stream(
      sourceStreamArn,
      'The stream of the source, as `migrate up` names it. Without it nothing follows the source',
    ),
    TargetStreamArn: stream(
      targetStreamArn,
      'The stream of the target, which the cutover switches on. Without it there is no reverse sync',
    ),
    ArtifactBucket: { Type: 'String', MinLength: 3, Description: 'The bucket with the zip of the bundle' },
    ArtifactKey: { Type: 'String', Default: artifactKey, Description: 'Where the zip is in the bucket' },
    AlarmTopicArn: { Type: 'String', Default: '', Description: 'The SNS topic that is told of alarms; none if empty' },
    MemorySize: number(512, 128, 10_240, 'Memory of the sync functions, in MB'),
    SubnetIds: {
      Type: 'CommaDelimitedList',
      Default: '',
      Description: 'Subnets with a way to DynamoDB, Lambda and SQS; outside of any VPC if empty',
    },
    SecurityGroupIds: { Type: 'CommaDelimitedList', Default: '', Description: 'Security groups in that VPC' },
    BatchSize: number(100, 1, 1_000, 'Records that one invocation gets at most'),
    ParallelizationFactor: number(1, 1, 10, 'Invocations at a time for each shard of a stream'),
    MaximumRecordAge: number(
      72_000,
      60,
      82_800,
      'Seconds after which a batch is given up. DynamoDB drops records after 86,400 s, and tells nobody',
    ),
    RetryAttempts: number(10_000, 0, 10_000, 'Attempts after which a batch is given up'),
    LogRetentionDays: {
      Type: 'Number',
      Default: 30,
      AllowedValues: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365],
      Description: 'How long logs are kept',
    },
  };
}

export const conditions: Resources = {
  HasSourceStream: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'SourceStreamArn' }, ''] }] },
  HasTargetStream: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'TargetStreamArn' }, ''] }] },
  HasAlarmTopic: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlarmTopicArn' }, ''] }] },
  InVpc: { 'Fn::Not': [{ 'Fn::Equals': [{ 'Fn::Join': ['', { Ref: 'SubnetIds' }] }, ''] }] },
};
