import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkTarget } from '../../src/dynamodb/check-target.js';
import { createClient } from '../../src/dynamodb/client.js';
import { createTarget, enableTimeToLive } from '../../src/dynamodb/create-target.js';
import { describeTable, findTable } from '../../src/dynamodb/describe-table.js';
import { planTarget, type TargetPlan } from '../../src/dynamodb/plan-target.js';
import { describeSource, readTags } from '../../src/dynamodb/read-source.js';
import type { MadeResources } from '../../src/dynamodb/tables.js';
import { type Engine, engines } from './engines.js';
import { type EngineProxy, serviceError, startProxy } from './proxy.js';

const input: CreateTableCommandInput = {
  TableName: 'SOURCE',
  BillingMode: 'PROVISIONED',
  ProvisionedThroughput: { ReadCapacityUnits: 4, WriteCapacityUnits: 5 },
  KeySchema: [
    { AttributeName: 'id', KeyType: 'HASH' },
    { AttributeName: 'type', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'type', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-type',
      KeySchema: [
        { AttributeName: 'type', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['name'] },
      ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 3 },
    },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'by-at',
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

describe.each(engines)('$engine', ({ engine, start }) => {
  const full = engine !== 'dynalite';
  let server: Engine;
  let client: DynamoDBClient;
  let plan: TargetPlan;
  let made: Set<string>;
  let logs: string[];
  let sent: string[];

  beforeAll(async () => {
    server = await start();
    client = server.client;
    await client.send(new CreateTableCommand(input));
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (!/^(?:Describe|List|Get)/.test(String(commandName)))
            sent.push(String(commandName).replace('Command', ''));
          return next(args);
        },
      { step: 'initialize' },
    );
  });
  beforeEach(async () => {
    await drop('TARGET');
    plan = planTarget(await describeSource(client, 'SOURCE'), { tableName: 'TARGET', wishes: {} });
    [made, logs, sent] = [new Set(), [], []];
  });
  afterAll(() => server.close());

  const record: MadeResources = {
    has: (resource) => made.has(resource),
    add: async (resource) => void made.add(resource),
    remove: async (resource) => void made.delete(resource),
  };
  const context = () => ({
    client,
    signal: new AbortController().signal,
    made: record,
    log: (message: string) => logs.push(message),
  });
  const drop = async (TableName: string) => {
    if (!(await findTable(client, TableName))) return;
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false })).catch(() => {});
    await client.send(new DeleteTableCommand({ TableName }));
    await expect.poll(() => findTable(client, TableName)).toBeUndefined();
  };

  test('a target is like its source', async () => {
    const table = await createTarget(context(), plan);
    expect(table).toMatchObject({ TableName: 'TARGET', TableStatus: 'ACTIVE' });
    const again = planTarget(await describeSource(client, 'TARGET'), { tableName: 'OTHER', wishes: {} });
    expect({ ...again.input, TableName: 'TARGET' }).toEqual(plan.input);
    expect(again.input.ProvisionedThroughput).toEqual(input.ProvisionedThroughput);
    expect(again.input.LocalSecondaryIndexes).toEqual(input.LocalSecondaryIndexes);
    expect(again.input.GlobalSecondaryIndexes).toEqual(input.GlobalSecondaryIndexes);
    expect([...made]).toEqual(['TARGET']);
    expect(logs).toEqual(['creating table TARGET']);
    expect(sent).toEqual(['CreateTable']);
    expect(plan.notCarried).toEqual(['auto scaling, which is not read: set it up for the new table']);
  });

  test('it is recorded before it is made, so that a crash in between leaves it ours', async () => {
    const crash: MadeResources = { ...record, add: () => Promise.reject(new Error('crash')) };
    await expect(createTarget({ ...context(), made: crash }, plan)).rejects.toThrow('crash');
    expect(await findTable(client, 'TARGET')).toBeUndefined();
  });

  test('what a crash left half-way is finished; the table of somebody else is not touched', async () => {
    const rich: TargetPlan = {
      ...plan,
      input: { ...plan.input, Tags: [{ Key: 'team', Value: 'blue' }], DeletionProtectionEnabled: true },
      pointInTimeRecovery: true,
    };
    await createTarget(context(), plan);
    sent = [];
    await createTarget(context(), rich);
    expect(sent).not.toContain('CreateTable');
    const leftOut = (what: string) => `this engine has no ${what}; left out for TARGET`;
    expect(logs).toContain(leftOut('point-in-time recovery'));
    const { TableArn, DeletionProtectionEnabled } = await describeTable(client, 'TARGET');
    if (full) expect(DeletionProtectionEnabled).toBe(true);
    else expect(logs).toContain(leftOut('deletion protection'));
    if (full) expect(logs).toContain(leftOut('tags'));
    else expect(await readTags(client, TableArn)).toEqual({ team: 'blue' });
    sent = [];
    await createTarget(context(), rich);
    // What was left out is tried again.
    expect(sent).toEqual(full ? ['TagResource'] : ['UpdateTable']);
    const { KeySchema, ...others } = plan.input;
    const otherKeys = { ...plan, input: { ...others, KeySchema: KeySchema?.slice(0, 1) } };
    await expect(createTarget(context(), otherKeys)).rejects.toMatchObject({ code: 'TABLE_EXISTS' });
    made.clear();
    await expect(createTarget(context(), plan)).rejects.toMatchObject({
      code: 'TABLE_EXISTS',
      fix: expect.stringContaining('target: { expect: true }'),
    });
  });

  test('time to live is set when it is asked for', async () => {
    await createTarget(context(), { ...plan, timeToLive: 'expires' });
    const attribute = async () => {
      const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: 'TARGET' }));
      return TimeToLiveDescription?.AttributeName;
    };
    expect(await attribute()).toBeUndefined();
    await enableTimeToLive(context(), 'TARGET', 'expires');
    if (full) {
      expect(await attribute()).toBe('expires');
      expect((await describeSource(client, 'TARGET')).timeToLive).toBe('expires');
      expect((await checkTarget(client, plan, 'TARGET')).warnings).toEqual([
        '`TARGET` has time to live on `expires` already: before the cutover an item that expires there counts as missing',
      ]);
    } else {
      expect(logs).toContain('this engine has no time to live; left out for TARGET');
    }
  });

  describe('a table of somebody else', () => {
    test('like the plan: no warning, and whether it is empty', async () => {
      await createTarget(context(), plan);
      expect(await checkTarget(client, plan, 'TARGET')).toMatchObject({ empty: true, items: 0, warnings: [] });
      await client.send(new PutItemCommand({ TableName: 'TARGET', Item: { id: { S: '1' }, type: { S: 'a' } } }));
      sent = [];
      expect(await checkTarget(client, plan, 'TARGET')).toMatchObject({ empty: false, warnings: [] });
      expect(sent).toEqual(['Scan']);
    });

    test('not there, or with another key: an error', async () => {
      await expect(checkTarget(client, plan, 'TARGET')).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
      const key = { name: 'id', type: 'N' } as const;
      const rekeyed = planTarget(await describeSource(client, 'SOURCE'), {
        tableName: 'TARGET',
        rekeyed: { partitionKey: key },
        wishes: {},
      });
      await createTarget(context(), plan);
      await expect(checkTarget(client, rekeyed, 'TARGET')).rejects.toMatchObject({
        code: 'TABLE_DRIFT',
        message: '`TARGET` has the key `id` (S), `type` (S); the migration writes the key `id` (N)',
      });
    });

    test('what else is different is a warning', async () => {
      const { GlobalSecondaryIndexes: _, LocalSecondaryIndexes: __, ...bare } = plan.input;
      const AttributeDefinitions = bare.AttributeDefinitions?.slice(0, 2);
      const ProvisionedThroughput = undefined;
      await createTarget(context(), {
        ...plan,
        input: { ...bare, AttributeDefinitions, ProvisionedThroughput, BillingMode: 'PAY_PER_REQUEST' },
      });
      const rich: TargetPlan = {
        ...plan,
        input: {
          ...plan.input,
          Tags: [{ Key: 'team', Value: 'blue' }],
          DeletionProtectionEnabled: true,
          SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: 'arn:aws:kms:…' },
          TableClass: 'STANDARD_INFREQUENT_ACCESS',
        },
        pointInTimeRecovery: true,
      };
      expect((await checkTarget(client, rich, 'TARGET')).warnings).toEqual(
        [
          'has no global index `by-type`',
          'has no local index `by-at`',
          'is billed PAY_PER_REQUEST, not PROVISIONED',
          'is of the class STANDARD, not STANDARD_INFREQUENT_ACCESS',
          'is not encrypted with a key of AWS KMS, as the source is',
          'has no deletion protection',
          'has no point-in-time recovery',
          'has not all tags of the source: `team`',
        ].map((text) => `\`TARGET\` ${text}`),
      );
    });

    test('an index with another key or projection', async () => {
      const [byType] = plan.input.GlobalSecondaryIndexes ?? [];
      const other = {
        ...plan,
        input: {
          ...plan.input,
          GlobalSecondaryIndexes: [
            {
              ...byType,
              IndexName: 'by-type',
              KeySchema: byType?.KeySchema?.slice(0, 1),
              Projection: byType?.Projection,
            },
          ],
        },
      };
      await createTarget(context(), other);
      expect((await checkTarget(client, plan, 'TARGET')).warnings).toEqual([
        '`TARGET` has another key in its index `by-type`: `type` (S), not `type` (S), `at` (N)',
      ]);
      const keysOnly = {
        ...byType,
        IndexName: 'by-type',
        KeySchema: byType?.KeySchema?.slice(0, 1),
        Projection: { ProjectionType: 'ALL' as const },
      };
      const narrow = { ...plan, input: { ...plan.input, GlobalSecondaryIndexes: [keysOnly] } };
      expect((await checkTarget(client, narrow, 'TARGET')).warnings).toEqual([
        '`TARGET` has another projection in its index `by-type`: INCLUDE `name`, not ALL',
      ]);
    });
  });
});

describe('what AWS says of a source', () => {
  let engine: Engine;
  let proxy: EngineProxy;
  let client: DynamoDBClient;

  beforeAll(async () => {
    engine = await engines[0].start();
    await engine.client.send(new CreateTableCommand(input));
    proxy = await startProxy(engine.endpoint);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = createClient({ endpoint: proxy.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  });
  afterAll(async () => {
    client.destroy();
    await proxy.close();
    await engine.close();
  });

  const answers = (known: Record<string, object>) => {
    proxy.intercept = ({ operation, input }) => {
      const page = input.NextToken === undefined ? operation : `${operation} ${input.NextToken}`;
      return known[page] && { status: 200, body: JSON.stringify(known[page]) };
    };
  };

  test('everything', async () => {
    answers({
      DescribeTimeToLive: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' } },
      ListTagsOfResource: { Tags: [{ Key: 'a', Value: '1' }], NextToken: 'more' },
      'ListTagsOfResource more': { Tags: [{ Key: 'b', Value: '2' }] },
      DescribeContinuousBackups: {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: 'ENABLED',
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 7 },
        },
      },
      GetResourcePolicy: { Policy: '{}', RevisionId: '1' },
      DescribeKinesisStreamingDestination: {
        KinesisDataStreamDestinations: [
          { StreamArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/events', DestinationStatus: 'ACTIVE' },
          { StreamArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/before', DestinationStatus: 'DISABLED' },
        ],
      },
      DescribeContributorInsights: { ContributorInsightsStatus: 'ENABLED' },
    });
    expect(await describeSource(client, 'SOURCE')).toEqual({
      table: expect.objectContaining({ TableName: 'SOURCE' }),
      timeToLive: 'expires',
      tags: { a: '1', b: '2' },
      recoveryDays: 7,
      extras: { resourcePolicy: true, kinesisStreams: ['events'], contributorInsights: true },
    });
  });

  test('nothing is on, or the engine does not know of it', async () => {
    const nothing = {
      timeToLive: undefined,
      tags: {},
      recoveryDays: undefined,
      extras: { resourcePolicy: false, kinesisStreams: [], contributorInsights: false },
    };
    answers({});
    expect(await describeSource(client, 'SOURCE')).toMatchObject(nothing);
    answers({
      DescribeTimeToLive: { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } },
      DescribeContinuousBackups: {
        ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' } },
      },
      DescribeKinesisStreamingDestination: { KinesisDataStreamDestinations: [] },
      DescribeContributorInsights: { ContributorInsightsStatus: 'DISABLED' },
    });
    const { intercept } = proxy;
    proxy.intercept = (request) =>
      request.operation === 'GetResourcePolicy' ? serviceError('PolicyNotFoundException') : intercept(request);
    expect(await describeSource(client, 'SOURCE')).toMatchObject(nothing);
  });

  test('what is not carried may be denied; what is has to be read', async () => {
    const deny = (pattern: RegExp) => {
      proxy.intercept = ({ operation }) =>
        pattern.test(operation) ? serviceError('AccessDeniedException') : undefined;
    };
    deny(/ResourcePolicy|Kinesis|Insights/);
    expect((await describeSource(client, 'SOURCE')).extras).toEqual({
      resourcePolicy: 'denied',
      kinesisStreams: 'denied',
      contributorInsights: 'denied',
    });
    for (const operation of ['DescribeTimeToLive', 'ListTagsOfResource', 'DescribeContinuousBackups']) {
      deny(new RegExp(operation));
      await expect(describeSource(client, 'SOURCE')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
  });

  test('a table that is not there', async () => {
    answers({});
    await expect(describeSource(client, 'MISSING')).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
  });
});
