import { randomUUID } from 'node:crypto';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defineMigration } from '../../src/definition/define-migration.js';
import { table } from '../../src/definition/table.js';
import { deadLetterGrants, cases as named, syncFunctionGrants, workerGrants } from '../../src/iam/function-grants.js';
import { cutover } from '../../src/index.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { createBackfillHandler } from '../../src/sync-lambda/create-backfill-handler.js';
import { createLambda } from '../../src/sync-lambda/create-lambda.js';
import { startStepFunctions } from '../backfill/step-functions.js';
import { until } from '../move/live-move.js';
import { hasJava } from '../support/dynamodb-local.js';
import { expectCalls } from './expect-calls.js';
import { id, type MoveWorld, openMoveWorld, rekeyed, renamed } from './move-world.js';
import { type CallRecorder, recordCalls } from './record-calls.js';

const sameKeys = defineMigration({
  description: 'Rename a',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('a', 'b'),
});
const otherKeys = defineMigration({
  description: 'Key by a',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rekey({ partitionKey: { name: 'a', type: 'S' } }),
  irreversible: 'keys change',
});
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Each function has a role of its own, so each has an endpoint of its own, and it calls all that its role may. */
describe.runIf(await hasJava())('the functions of a live sync', () => {
  let world: MoveWorld | undefined;
  const recorders: CallRecorder[] = [];

  beforeEach(() => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const recorder of recorders.splice(0)) await recorder.close();
    await world?.close();
    world = undefined;
  });

  /** A function of one direction; what it calls is under `all`. */
  async function install(migration: typeof sameKeys | typeof otherKeys, direction: 'up' | 'down') {
    const recorder = await recordCalls(world?.server.endpoint ?? '');
    recorder.phase = 'all';
    recorders.push(recorder);
    const handler = createLambda({
      id,
      checksum: (await row())?.checksum ?? '',
      toolVersion: '0',
      migration: migration as never,
      environment: { SOURCE_TABLE: 'OLD', TARGET_TABLE: 'NEW', META_TABLE: 'dynamigrate', DIRECTION: direction },
      readMapping: async () => ({ state: 'Enabled', streamArn: (await row())?.move?.streams?.[direction]?.arn ?? '' }),
    });
    // The SDK reads it when a client sends its first request.
    const invoke = async (event: unknown) => {
      vi.stubEnv('AWS_ENDPOINT_URL', recorder.endpoint);
      return handler(event, { awsRequestId: randomUUID() });
    };
    return { invoke, calls: () => recorder.calls('all') };
  }

  const row = () =>
    openLedger({ table: openMetaTable({ client: (world as MoveWorld).server.client, tableName: 'dynamigrate' }) }).get(
      id,
    );

  /** A batch of one record, as Lambda delivers it. */
  const batch = (eventName: string, images: object, key: string) => ({
    Records: [
      {
        eventName,
        eventSource: 'aws:dynamodb',
        dynamodb: { SequenceNumber: '1', Keys: { id: { S: key } }, ...images },
      },
    ],
  });

  /** A message for the first records of a stream. */
  async function letter(direction: 'up' | 'down') {
    const client = new DynamoDBStreamsClient({
      endpoint: world?.server.endpoint ?? '',
      region: 'us-east-1',
      credentials,
    });
    const streamArn = (await row())?.move?.streams?.[direction]?.arn ?? '';
    const read = async ({ ShardId: shardId = '' }) => {
      const from = { StreamArn: streamArn, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
      let { ShardIterator } = await client.send(new GetShardIteratorCommand(from));
      // The first pages may be empty.
      for (let pages = 0; ShardIterator !== undefined && pages < 20; pages++) {
        const page: GetRecordsCommandOutput = await client.send(new GetRecordsCommand({ ShardIterator }));
        const [number] = (page.Records ?? []).map(({ dynamodb }) => dynamodb?.SequenceNumber);
        if (number !== undefined) return [{ shardId, number }];
        ShardIterator = page.NextShardIterator;
      }
      return [];
    };
    // A stream that was just switched on has no shards for a moment.
    const { shardId, number } = await until(async () => {
      const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
      return (await Promise.all((StreamDescription?.Shards ?? []).map(read))).flat()[0];
    });
    client.destroy();
    const DDBStreamBatchInfo = {
      shardId,
      startSequenceNumber: number,
      endSequenceNumber: number,
      batchSize: 1,
      streamArn,
    };
    return { Records: [{ messageId: 'm1', eventSource: 'aws:sqs', body: JSON.stringify({ DDBStreamBatchInfo }) }] };
  }

  const tick = { dynamigrate: 'tick', mapping: 'm1' };
  const done = { batchItemFailures: [] };

  test('call what their roles may, and nothing else: there and back', async () => {
    world = await openMoveWorld(renamed);
    const { options, put } = world;
    await (await world.toGate())();
    for (const direction of ['up', 'down'] as const) {
      if (direction === 'down') await cutover(options);
      await put(direction === 'up' ? 'OLD' : 'NEW', {
        id: { S: 'item-1' },
        [direction === 'up' ? 'a' : 'b']: { S: `changed ${direction}` },
      });
      const letters = await install(sameKeys, direction);
      expect(await letters.invoke(await letter(direction))).toEqual(done);
      expectCalls(letters.calls(), deadLetterGrants(direction), [], `letters ${direction}`);
      const sync = await install(sameKeys, direction);
      expect(await sync.invoke(batch('MODIFY', {}, 'item-1'))).toEqual(done);
      // What the letter has put on record.
      expect(await sync.invoke(tick)).toMatchObject({ settled: 1 });
      expectCalls(sync.calls(), syncFunctionGrants(direction, false), [], `sync ${direction}`);
    }
  }, 200_000);

  test('call what their roles may where keys change', async () => {
    world = await openMoveWorld(rekeyed);
    await (await world.toGate())();
    const item = { id: { S: 'twin' }, a: { S: 'a-1' } };
    await world.put('OLD', item);
    await world.remove('OLD', { id: { S: 'item-3' } });
    const sync = await install(otherKeys, 'up');
    const gone = { id: { S: 'item-3' }, a: { S: 'a-3' } };
    expect(await sync.invoke(batch('INSERT', { NewImage: item }, 'twin'))).toEqual(done);
    expect(await sync.invoke(batch('REMOVE', { OldImage: gone }, 'item-3'))).toEqual(done);
    await sync.invoke(tick);
    expectCalls(sync.calls(), syncFunctionGrants('up', true), [named.gone, named.contested], 'sync up');
  }, 200_000);

  test.each([
    ['stay', renamed, sameKeys, false],
    ['change', rekeyed, otherKeys, true],
  ] as const)(
    'the worker of a backfill calls what its role may, where keys %s',
    async (_keys, file, migration, keysChange) => {
      const machine = await startStepFunctions({
        name: `dynamigrate-${id}-backfill`,
        worker: (event) => worker(event),
        maxConcurrency: 2,
      });
      vi.stubEnv('AWS_ENDPOINT_URL_SFN', machine.endpoint);
      world = await openMoveWorld(file, { environment: "backfill: 'step-functions'" });
      const recorder = await recordCalls(world.server.endpoint);
      recorders.push(recorder);
      recorder.phase = 'all';
      const worker = createBackfillHandler({
        id,
        migration: migration as never,
        source: 'OLD',
        target: 'NEW',
        endpoint: recorder.endpoint,
        region: 'us-east-1',
        credentials,
      });
      world.rekeyWhileCopied(recorder);
      await (await world.toGate())();
      await machine.close();
      expectCalls(recorder.calls('all'), workerGrants(keysChange), [named.gone], 'worker');
    },
    120_000,
  );
});
