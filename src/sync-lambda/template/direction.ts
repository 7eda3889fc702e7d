import { deadLetterGrants, syncFunctionGrants } from '../../iam/function-grants.js';
import { functionResources } from './function.js';
import { attribute, type Resources, ref, sub, type Value, when } from './intrinsics.js';

export interface DirectionOptions {
  readonly migration: string;
  readonly direction: 'up' | 'down';
  readonly keysChange: boolean;
  /** Whether there is a reverse sync beside it. */
  readonly reversible: boolean;
}

/** Seconds. A batch that takes longer is cut in two. */
const syncTimeout = 300;
const letterTimeout = 60;
const hourMs = 3_600_000;

/** All that keeps one table of a move level with the other. Nothing calls it until there is a stream to follow. */
export function directionResources({ migration, direction, keysChange, reversible }: DirectionOptions): Resources {
  const name = direction === 'up' ? 'Sync' : 'ReverseSync';
  const streamArn = direction === 'up' ? 'SourceStreamArn' : 'TargetStreamArn';
  const Condition = direction === 'up' ? 'HasSourceStream' : 'HasTargetStream';
  const queue = `${name}Letters`;
  // The cutover lets nobody write the source any more but whoever runs it, and this role.
  const variables = {
    ...(direction === 'up' && reversible && { REVERSE_ROLE_ID: attribute('ReverseSyncRole', 'RoleId') }),
  };
  const ways = direction === 'up' ? 'the source to the target' : 'the target back to the source';
  return {
    [`${queue}Queue`]: {
      Type: 'AWS::SQS::Queue',
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
      Properties: {
        MessageRetentionPeriod: 1_209_600,
        SqsManagedSseEnabled: true,
        VisibilityTimeout: 6 * letterTimeout,
      },
    },
    ...functionResources({
      name,
      direction,
      description: `Live sync of ${migration}: ${ways}`.slice(0, 256),
      grants: syncFunctionGrants(direction, keysChange),
      statements: [
        {
          Sid: 'GivenUp',
          Effect: 'Allow',
          Action: ['sqs:SendMessage'],
          Resource: [attribute(`${queue}Queue`, 'Arn')],
        },
      ],
      memory: ref('MemorySize'),
      timeout: syncTimeout,
      variables,
    }),
    [`${name}Mapping`]: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Condition,
      Properties: {
        EventSourceArn: ref(streamArn),
        FunctionName: ref(`${name}Function`),
        Enabled: true,
        // A mapping takes minutes to start; what is written meanwhile is in the stream.
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: ref('BatchSize'),
        MaximumBatchingWindowInSeconds: 1,
        ParallelizationFactor: ref('ParallelizationFactor'),
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRecordAgeInSeconds: ref('MaximumRecordAge'),
        MaximumRetryAttempts: ref('RetryAttempts'),
        DestinationConfig: { OnFailure: { Destination: attribute(`${queue}Queue`, 'Arn') } },
      },
    },
    ...tickResources(name, Condition),
    ...functionResources({
      name: queue,
      direction,
      description: `Reads again what the live sync of ${migration} gave up`.slice(0, 256),
      grants: deadLetterGrants(direction),
      statements: [
        {
          Sid: 'Letters',
          Effect: 'Allow',
          Action: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
          Resource: [attribute(`${queue}Queue`, 'Arn')],
        },
      ],
      timeout: letterTimeout,
    }),
    [`${queue}Mapping`]: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Condition,
      Properties: {
        EventSourceArn: attribute(`${queue}Queue`, 'Arn'),
        FunctionName: ref(`${queue}Function`),
        Enabled: true,
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    },
    ...alarmResources(name, queue, Condition),
  };
}

/** Once a minute the function says that it is there, and settles what is open. */
function tickResources(name: string, Condition: string): Resources {
  return {
    // A policy of its own: the role comes before the function, and the mapping after it.
    [`${name}MappingPolicy`]: {
      Type: 'AWS::IAM::Policy',
      Condition,
      Properties: {
        PolicyName: 'mapping',
        Roles: [ref(`${name}Role`)],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'Mapping',
              Effect: 'Allow',
              Action: ['lambda:GetEventSourceMapping'],
              Resource: [
                sub(
                  `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:event-source-mapping:\${${name}Mapping}`,
                ),
              ],
            },
          ],
        },
      },
    },
    [`${name}Tick`]: {
      Type: 'AWS::Events::Rule',
      Condition,
      Properties: {
        Description: 'Has the sync function say that it is there',
        ScheduleExpression: 'rate(1 minute)',
        State: 'ENABLED',
        Targets: [
          {
            Id: 'tick',
            Arn: attribute(`${name}Function`, 'Arn'),
            Input: sub(`{"dynamigrate":"tick","mapping":"\${${name}Mapping}"}`),
          },
        ],
      },
    },
    [`${name}TickPermission`]: {
      Type: 'AWS::Lambda::Permission',
      Condition,
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: ref(`${name}Function`),
        Principal: 'events.amazonaws.com',
        SourceArn: attribute(`${name}Tick`, 'Arn'),
      },
    },
  };
}

function alarmResources(name: string, queue: string, Condition: string): Resources {
  const ofFunction = [{ Name: 'FunctionName', Value: ref(`${name}Function`) }];
  const alarm = (AlarmDescription: string, properties: Record<string, Value>): Value => ({
    Type: 'AWS::CloudWatch::Alarm',
    Condition,
    Properties: {
      AlarmDescription,
      Period: 300,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      ...properties,
      AlarmActions: when('HasAlarmTopic', [ref('AlarmTopicArn')], { Ref: 'AWS::NoValue' }),
    },
  });
  return {
    [`${name}AgeAlarm`]: alarm('The live sync is 4 hours behind; after 24 DynamoDB drops records', {
      Namespace: 'AWS/Lambda',
      MetricName: 'IteratorAge',
      Dimensions: ofFunction,
      Statistic: 'Maximum',
      Threshold: 4 * hourMs,
    }),
    [`${name}ErrorAlarm`]: alarm('The live sync fails again and again', {
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: ofFunction,
      Statistic: 'Sum',
      Threshold: 5,
      EvaluationPeriods: 3,
    }),
    [`${name}SilenceAlarm`]: alarm('The live sync was not called for 15 minutes, although a schedule calls it', {
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      Dimensions: ofFunction,
      Statistic: 'Sum',
      Threshold: 1,
      EvaluationPeriods: 3,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    }),
    [`${name}LetterAlarm`]: alarm('Records were given up, and are tried again: see `migrate errors`', {
      Namespace: 'AWS/SQS',
      MetricName: 'NumberOfMessagesSent',
      Dimensions: [{ Name: 'QueueName', Value: attribute(`${queue}Queue`, 'QueueName') }],
      Statistic: 'Sum',
      Threshold: 1,
    }),
  };
}
