import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineMigration } from '../../src/definition/define-migration.js';
import { table } from '../../src/definition/table.js';
import { cutover, errors, up, verify } from '../../src/index.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openObligations } from '../../src/ledger/obligations.js';
import { handleDeadLetters } from '../../src/sync-lambda/handle-dead-letters.js';
import { openSyncParts, type SyncParts } from '../../src/sync-lambda/sync-parts.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

const id = '001-move';
const migration = defineMigration({
  description: 'Rename a',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('a', 'b'),
});
const file = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename a', from: table('OLD'), to: table('NEW'), up: (items) => items.rename('a', 'b'),
});
`;
const connection = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** No live sync runs here: what reaches the target comes by the letters alone. */
describe.runIf(await hasJava())('batches that Lambda gave up', () => {
  let server: DynamoDbLocal;
  let project: Project;
  let parts: SyncParts;
  let options: { readonly cwd: string; readonly processEnv: Readonly<Record<string, string>>; readonly id: string };

  beforeEach(async () => {
    server = await startDynamoDbLocal();
    await createTable(server.client, 'OLD');
    await putItems(
      server.client,
      'OLD',
      ['changed', 'deleted', 'kept'].map((key) => ({ id: { S: key }, a: { S: 'old' } })),
    );
    project = await createProject({
      endpoint: server.endpoint,
      environment: 'leaseSeconds: 3, cutover: { cacheSeconds: 0.1, writeSeconds: 0.1 }',
      files: { [`migrations/${id}.mjs`]: file },
    });
    options = { cwd: project.directory, processEnv: {}, id };
    parts = openSyncParts({ id, migration, source: 'OLD', target: 'NEW', endpoint: server.endpoint, ...connection });
    await up(options);
    await put('changed', 'first');
    await put('new', 'first');
    await put('deleted', 'first');
    await server.client.send(new DeleteItemCommand({ TableName: 'OLD', Key: { id: { S: 'deleted' } } }));
    await put('changed', 'last');
  }, 120_000);

  afterEach(async () => {
    await project.dispose();
    await server.close();
  });

  const put = (key: string, a: string) =>
    server.client.send(new PutItemCommand({ TableName: 'OLD', Item: { id: { S: key }, a: { S: a } } }));
  const meta = () => openMetaTable({ client: server.client, tableName: 'dynamigrate' });
  const counts = () => openObligations({ table: meta() }).count(id);
  const values = async () => [...(await allItems(server.client, 'NEW'))].map(([key, { b }]) => [key, b]).sort();
  const gate = async () =>
    (await cutover({ ...options, dryRun: true, acceptLossy: true })).gates?.find(({ name }) => name === 'obligations');

  /** A message as Lambda puts it into the queue. */
  async function letter(change: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const client = new DynamoDBStreamsClient({ endpoint: server.endpoint, ...connection });
    const StreamArn = (await openLedger({ table: meta() }).get(id))?.move?.streams?.up?.arn ?? '';
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
    const [{ ShardId = '' } = {}] = StreamDescription?.Shards ?? [];
    const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
    const { ShardIterator } = await client.send(new GetShardIteratorCommand(from));
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    client.destroy();
    // All but the last one: the current state counts, not what the batch says.
    const [first, last] = [Records[0], Records.at(-2)].map((record) => record?.dynamodb?.SequenceNumber);
    const DDBStreamBatchInfo = {
      shardId: ShardId,
      startSequenceNumber: first,
      endSequenceNumber: last,
      batchSize: Records.length - 1,
      streamArn: StreamArn,
      ...change,
    };
    const body = JSON.stringify({ requestContext: { condition: 'RetryAttemptsExhausted' }, DDBStreamBatchInfo });
    return { messageId: 'm1', eventSource: 'aws:sqs', body };
  }

  test('are read once more, and each of their items is made what its source is now', async () => {
    const before = await values();
    const message = await letter();
    expect(await handleDeadLetters(parts, [message, message], {})).toEqual({ batchItemFailures: [] });
    expect(await counts()).toMatchObject({ misshapen: 0, reconcile: 2 });
    expect(await values()).toEqual(before);

    expect(await errors({ ...options, retry: true })).toMatchObject({ exitCode: 0, itemErrors: [] });
    expect(await values()).toEqual([
      ['changed', { S: 'last' }],
      ['kept', { S: 'old' }],
      ['new', { S: 'first' }],
    ]);
    expect(Object.values(await counts()).every((count) => count === 0)).toBe(true);
    expect(await gate()).toMatchObject({ open: true });
    await cutover({ ...options, acceptLossy: true });
  }, 120_000);

  test.each([
    ['a shard that is gone', { shardId: 'shardId-00000000000000000000-00000000' }],
    ['no number', { startSequenceNumber: 'x' }],
  ])(
    'bar the cutover until a verify with repair, where the stream has them no more: %s',
    async (_what, change) => {
      expect(await handleDeadLetters(parts, [await letter(change)], {})).toEqual({ batchItemFailures: [] });
      expect(await counts()).toMatchObject({ misshapen: 1, reconcile: 0 });
      expect((await errors({ ...options, retry: true }).catch((error: unknown) => error)) as unknown).toBeDefined();
      expect(await gate()).toMatchObject({ open: false });
      await verify({ ...options, repair: true });
      expect(await gate()).toMatchObject({ open: true });
    },
    120_000,
  );

  test('are delivered again, where the stream does not answer', async () => {
    const failing: SyncParts = { ...parts, readRange: () => Promise.reject(new Error('no answer')) };
    const told: unknown[] = [];
    const answer = await handleDeadLetters(failing, [await letter()], { onError: (error) => told.push(error) });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(told).toHaveLength(1);
    expect(await counts()).toMatchObject({ misshapen: 0, reconcile: 0 });
  }, 120_000);
});
