import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { planTarget } from '../../src/dynamodb/plan-target.js';
import type { SourceTable } from '../../src/dynamodb/read-source.js';
import type { TargetWishes } from '../../src/dynamodb/target-wishes.js';

const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' as const });
const all = { ProjectionType: 'ALL' as const };
const units = (ReadCapacityUnits: number, WriteCapacityUnits: number) => ({ ReadCapacityUnits, WriteCapacityUnits });

const source = (table: TableDescription = {}, more: Partial<SourceTable> = {}): SourceTable => ({
  table: {
    TableName: 'OLD',
    TableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/OLD',
    TableStatus: 'ACTIVE',
    ItemCount: 12,
    KeySchema: [hash('id'), range('type')],
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'type', AttributeType: 'S' },
      { AttributeName: 'at', AttributeType: 'N' },
      { AttributeName: 'email', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-email',
        IndexArn: 'arn:…',
        IndexStatus: 'ACTIVE',
        KeySchema: [hash('email')],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['name'] },
        ProvisionedThroughput: { ...units(0, 0), NumberOfDecreasesToday: 0 },
        OnDemandThroughput: { MaxReadRequestUnits: 50, MaxWriteRequestUnits: -1 },
        WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000 },
      },
    ],
    LocalSecondaryIndexes: [
      { IndexName: 'by-at', IndexArn: 'arn:…', KeySchema: [hash('id'), range('at')], Projection: all, ItemCount: 3 },
    ],
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ProvisionedThroughput: { ...units(0, 0), NumberOfDecreasesToday: 0 },
    WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: 'ACTIVE' },
    ...table,
  },
  timeToLive: undefined,
  tags: {},
  recoveryDays: undefined,
  extras: { resourcePolicy: false, kinesisStreams: [], contributorInsights: false },
  ...more,
});
const provisionedSource = (table: TableDescription = {}) =>
  source({ BillingModeSummary: undefined, ProvisionedThroughput: units(4, 5), ...table });

const plan = (
  of: SourceTable = source(),
  wishes: TargetWishes = {},
  rekeyed?: Parameters<typeof planTarget>[1]['rekeyed'],
) => planTarget(of, { tableName: 'NEW', wishes, rekeyed });
const definitions = (one: ReturnType<typeof plan>) =>
  one.input.AttributeDefinitions?.map(({ AttributeName, AttributeType }) => `${AttributeName} ${AttributeType}`);

test('everything that a request for a new table can carry, and nothing of the description besides', () => {
  const { input, notCarried, pointInTimeRecovery, timeToLive } = plan(
    source(
      {
        TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
        SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: 'arn:aws:kms:…:key/1' },
        DeletionProtectionEnabled: true,
        OnDemandThroughput: { MaxReadRequestUnits: -1, MaxWriteRequestUnits: 900 },
      },
      { tags: { team: 'blue', 'aws:cloudformation:stack-name': 'x' }, recoveryDays: 35, timeToLive: 'expires' },
    ),
  );
  expect(input).toEqual({
    TableName: 'NEW',
    KeySchema: [hash('id'), range('type')],
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'type', AttributeType: 'S' },
      { AttributeName: 'email', AttributeType: 'S' },
      { AttributeName: 'at', AttributeType: 'N' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    OnDemandThroughput: { MaxWriteRequestUnits: 900 },
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-email',
        KeySchema: [hash('email')],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['name'] },
        OnDemandThroughput: { MaxReadRequestUnits: 50 },
      },
    ],
    LocalSecondaryIndexes: [{ IndexName: 'by-at', KeySchema: [hash('id'), range('at')], Projection: all }],
    TableClass: 'STANDARD_INFREQUENT_ACCESS',
    SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: 'arn:aws:kms:…:key/1' },
    Tags: [{ Key: 'team', Value: 'blue' }],
    DeletionProtectionEnabled: true,
  });
  expect({ pointInTimeRecovery, timeToLive }).toEqual({ pointInTimeRecovery: true, timeToLive: 'expires' });
  expect(notCarried).toEqual(['time to live on `expires` until after the cutover']);
});

test('a plain table needs nothing but its keys', () => {
  const { input, notCarried } = plan(source({ GlobalSecondaryIndexes: undefined, LocalSecondaryIndexes: undefined }));
  expect(Object.keys(input).sort()).toEqual(['AttributeDefinitions', 'BillingMode', 'KeySchema', 'TableName']);
  expect(notCarried).toEqual([]);
});

test.each<[string, TableDescription, Partial<SourceTable>, string]>([
  [
    'stream',
    { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } },
    {},
    'the stream (`NEW_IMAGE`) and whoever reads it',
  ],
  [
    'replicas',
    { Replicas: [{ RegionName: 'eu-central-1' }] },
    {},
    'the replicas in eu-central-1: add them to the new table',
  ],
  ['recovery period', {}, { recoveryDays: 7 }, 'the recovery period of 7 days: it becomes 35'],
  ['vector index', { VectorIndexes: [{ IndexName: 'near' }] }, {}, 'the vector indexes `near`'],
  [
    'warm throughput',
    { WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 40_000 } },
    {},
    'the warm throughput (12000 reads and 40000 writes a second): it starts cold',
  ],
  [
    'policy',
    {},
    { extras: { resourcePolicy: true, kinesisStreams: [], contributorInsights: false } },
    'the resource policy: it names the old table',
  ],
  [
    'kinesis',
    {},
    { extras: { resourcePolicy: false, kinesisStreams: ['events'], contributorInsights: false } },
    'streaming to Kinesis (`events`)',
  ],
  [
    'insights',
    {},
    { extras: { resourcePolicy: false, kinesisStreams: [], contributorInsights: true } },
    'Contributor Insights',
  ],
  [
    'capacity',
    { BillingModeSummary: undefined, ProvisionedThroughput: units(1, 1) },
    {},
    'auto scaling, which is not read: set it up for the new table',
  ],
])('not carried: %s', (_what, table, more, text) => {
  expect(plan(source(table, more)).notCarried).toEqual([text]);
});

test('what may not be looked at is named', () => {
  const denied = { resourcePolicy: 'denied', kinesisStreams: 'denied', contributorInsights: 'denied' } as const;
  const { notCarried } = plan(source({}, { extras: denied }));
  expect(notCarried).toHaveLength(3);
  for (const text of notCarried) expect(text).toMatch(/if .* IAM denies dynamodb:/);
});

describe('another key', () => {
  const email = { name: 'email', type: 'S' } as const;

  test('other partitions: global indexes as they are, no local ones', () => {
    const planned = plan(source(), {}, { partitionKey: email });
    expect(planned.input.KeySchema).toEqual([hash('email')]);
    expect(definitions(planned)).toEqual(['email S']);
    expect(planned.input.GlobalSecondaryIndexes).toHaveLength(1);
    expect(planned.input).not.toHaveProperty('LocalSecondaryIndexes');
    expect(planned.notCarried).toEqual(['the local index `by-at`: the new table has other partitions']);
  });

  test('the same partitions in another order keep them, unless there is no order', () => {
    const id = { name: 'id', type: 'S' } as const;
    const planned = plan(source(), {}, { partitionKey: id, sortKey: email });
    expect(planned.input.LocalSecondaryIndexes).toHaveLength(1);
    expect(definitions(planned)).toEqual(['id S', 'email S', 'at N']);
    expect(plan(source(), {}, { partitionKey: id }).notCarried).toHaveLength(1);
  });

  test('a type that an index contradicts is refused; that of a key which is gone is not', () => {
    expect(() => plan(source(), {}, { partitionKey: { name: 'email', type: 'N' } })).toThrow(
      expect.objectContaining({
        code: 'MIGRATION_INVALID',
        message: 'the key attribute `email` is `N` and `S` at once',
      }),
    );
    const planned = plan(source(), { dropIndexes: ['by-at'] }, { partitionKey: { name: 'type', type: 'N' } });
    expect(definitions(planned)).toEqual(['type N', 'email S']);
  });
});

describe('wishes', () => {
  const byAt = { name: 'by-time', partitionKey: { name: 'at', type: 'N' }, projection: 'KEYS_ONLY' } as const;
  const indexNames = (one: ReturnType<typeof plan>) =>
    one.input.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName);

  test('indexes are added, replaced and dropped', () => {
    expect(indexNames(plan(source(), { indexes: [byAt] }))).toEqual(['by-email', 'by-time']);
    const replaced = plan(source(), { indexes: [{ ...byAt, name: 'by-email' }] });
    expect(replaced.input.GlobalSecondaryIndexes).toEqual([
      { IndexName: 'by-email', KeySchema: [hash('at')], Projection: { ProjectionType: 'KEYS_ONLY' } },
    ]);
    expect(definitions(replaced)).toEqual(['id S', 'type S', 'at N']);
    const dropped = plan(source(), { dropIndexes: ['by-email', 'by-at'] });
    expect(definitions(dropped)).toEqual(['id S', 'type S']);
    expect(dropped.input).not.toHaveProperty('GlobalSecondaryIndexes');
    expect(dropped.input).not.toHaveProperty('LocalSecondaryIndexes');
    expect(dropped.notCarried).toEqual([
      'the index `by-email`: the migration drops it',
      'the index `by-at`: the migration drops it',
    ]);
    const global = plan(source(), { indexes: [{ ...byAt, name: 'by-at' }] });
    expect(global.input).not.toHaveProperty('LocalSecondaryIndexes');
    expect(indexNames(global)).toEqual(['by-email', 'by-at']);
  });

  test('to drop what is not there is a mistake', () => {
    expect(() => plan(source(), { dropIndexes: ['by-mail'] })).toThrow(
      expect.objectContaining({
        code: 'MIGRATION_INVALID',
        message: '`dropIndexes` names `by-mail`, which is no index of `OLD`: it has `by-email`, `by-at`',
      }),
    );
  });

  const billing = (one: ReturnType<typeof plan>) => [
    one.input.BillingMode,
    one.input.ProvisionedThroughput,
    one.input.GlobalSecondaryIndexes?.map((index) => index.ProvisionedThroughput),
  ];
  const throughput = { read: 7, write: 8 };

  test('provisioned stays provisioned, each index with its own units', () => {
    const indexes = provisionedSource().table.GlobalSecondaryIndexes?.map((index) => ({
      ...index,
      ProvisionedThroughput: { ...units(2, 3), NumberOfDecreasesToday: 1 },
    }));
    const provisioned = provisionedSource({ GlobalSecondaryIndexes: indexes });
    expect(billing(plan(provisioned))).toEqual(['PROVISIONED', units(4, 5), [units(2, 3)]]);
    expect(billing(plan(provisioned, { throughput }))).toEqual(['PROVISIONED', units(7, 8), [units(2, 3)]]);
    expect(billing(plan(provisioned, { throughput: 'on-demand' }))).toEqual([
      'PAY_PER_REQUEST',
      undefined,
      [undefined],
    ]);
    expect(billing(plan(provisioned, { indexes: [byAt] }))).toEqual([
      'PROVISIONED',
      units(4, 5),
      [units(2, 3), units(4, 5)],
    ]);
  });

  test('on demand to provisioned: indexes without units get those of the table, and limits are gone', () => {
    const own = { ...byAt, throughput: { read: 1, write: 2 } };
    const planned = plan(source({ OnDemandThroughput: { MaxReadRequestUnits: 9 } }), { throughput, indexes: [own] });
    expect(billing(planned)).toEqual(['PROVISIONED', units(7, 8), [units(7, 8), units(1, 2)]]);
    expect(JSON.stringify(planned.input)).not.toContain('OnDemandThroughput');
    // DynamoDB refuses units for an index of a table on demand.
    expect(billing(plan(source(), { indexes: [own] }))).toEqual(['PAY_PER_REQUEST', undefined, [undefined, undefined]]);
  });
});

test('a table cannot be moved onto itself', () => {
  expect(() => planTarget(source(), { tableName: 'OLD', wishes: {} })).toThrow(
    expect.objectContaining({ code: 'MIGRATION_INVALID' }),
  );
});
