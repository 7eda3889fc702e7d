import { type Grant, type Place, united } from '../../iam/grant.js';
import { attribute, nothing, type Resources, ref, sub, type Value, when } from './intrinsics.js';

export interface FunctionOptions {
  /** What its resources are called: `<name>Function`, `<name>Role`, `<name>LogGroup`. */
  readonly name: string;
  readonly description: string;
  readonly direction: 'up' | 'down';
  readonly grants: readonly Grant[];
  /** More statements of its role. */
  readonly statements?: readonly Value[];
  readonly memory?: Value;
  /** More environment variables. */
  readonly variables?: Resources;
  /** Seconds. */
  readonly timeout: number;
  /** The exported name. Default: `handler`. */
  readonly handler?: string;
}

/** A function with a log group and a role of its own, which may do what it calls, on the tables that it is for. */
export function functionResources(options: FunctionOptions): Resources {
  const { name, description, direction, grants, statements = [], memory = 256, timeout, variables = {} } = options;
  const { handler = 'handler' } = options;
  return {
    [`${name}LogGroup`]: {
      Type: 'AWS::Logs::LogGroup',
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
      Properties: { RetentionInDays: ref('LogRetentionDays') },
    },
    [`${name}Role`]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] },
          ],
        },
        // The network interfaces of a VPC cannot be named before they are made: AWS keeps the policy for them.
        ManagedPolicyArns: when(
          'InVpc',
          [sub(`arn:\${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaENIManagementAccess`)],
          nothing,
        ),
        Policies: [
          {
            PolicyName: 'sync',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Sid: 'Logs',
                  Effect: 'Allow',
                  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                  Resource: [attribute(`${name}LogGroup`, 'Arn')],
                },
                ...united(grants).map(statementOf),
                ...statements,
              ],
            },
          },
        ],
      },
    },
    [`${name}Function`]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Description: description,
        Runtime: 'nodejs22.x',
        Architectures: ['arm64'],
        Handler: `index.${handler}`,
        Code: { S3Bucket: ref('ArtifactBucket'), S3Key: ref('ArtifactKey') },
        Role: attribute(`${name}Role`, 'Arn'),
        MemorySize: memory,
        Timeout: timeout,
        Environment: {
          Variables: {
            SOURCE_TABLE: ref('SourceTable'),
            TARGET_TABLE: ref('TargetTable'),
            META_TABLE: ref('MetaTable'),
            DIRECTION: direction,
            NODE_OPTIONS: '--enable-source-maps',
            ...variables,
          },
        },
        LoggingConfig: { LogGroup: ref(`${name}LogGroup`) },
        VpcConfig: when('InVpc', { SubnetIds: ref('SubnetIds'), SecurityGroupIds: ref('SecurityGroupIds') }, nothing),
      },
    },
  };
}

const tableOf = (parameter: string) =>
  `arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/\${${parameter}}`;

const resources: Readonly<Record<Place, string>> = {
  meta: tableOf('MetaTable'),
  source: tableOf('SourceTable'),
  target: tableOf('TargetTable'),
  'source stream': `${tableOf('SourceTable')}/stream/*`,
  'target stream': `${tableOf('TargetTable')}/stream/*`,
};

function statementOf({ on, actions }: Grant): Value {
  return {
    Sid: on.replace(/(?:^| )(.)/g, (_all, first: string) => first.toUpperCase()),
    Effect: 'Allow',
    Action: actions.map((action) => `dynamodb:${action}`),
    Resource: [sub(resources[on])],
  };
}
