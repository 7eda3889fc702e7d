import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disableStream } from '../../../src/dynamodb/streams/disable-stream.js';
import { drainStream } from '../../../src/dynamodb/streams/drain-stream.js';
import { enableStream } from '../../../src/dynamodb/streams/enable-stream.js';
import { type FollowStreamOptions, followStream } from '../../../src/dynamodb/streams/follow-stream.js';
import type { ShardRecord } from '../../../src/dynamodb/streams/handle-records.js';
import { createStreamsClient } from '../../../src/dynamodb/streams/streams-client.js';
import { systemClock } from '../../../src/ledger/clock.js';
import { type MetaTable, openMetaTable } from '../../../src/ledger/meta-table.js';
import { openStreamCheckpoints } from '../../../src/ledger/stream-checkpoints.js';
import { acquireSyncLease } from '../../../src/ledger/sync-lease.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../../support/dynamodb-local.js';
import { createTable } from '../../support/tables.js';
import { memoryCheckpoints } from './memory-checkpoints.js';

const actor = { host: 'host-1', pid: 1, user: 'ada' };

describe.skipIf(!(await hasJava()))('the stream of DynamoDB Local', () => {
  let local: DynamoDbLocal;
  let streams: DynamoDBStreamsClient;
  let tables = 0;
  beforeAll(async () => {
    local = await startDynamoDbLocal();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    streams = createStreamsClient({ endpoint: local.endpoint, region: 'us-east-1', credentials });
  });
  afterAll(async () => {
    streams.destroy();
    await local.close();
  });

  async function source() {
    tables += 1;
    const TableName = `source-${tables}`;
    await createTable(local.client, TableName);
    const stream = await enableStream(local.client, TableName, 'both-images');
    if (stream.kind !== 'enabled') throw new Error('no stream');
    return {
      stream,
      TableName,
      put: (id: string, value: number) =>
        local.client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, value: { N: `${value}` } } })),
      remove: (id: string) => local.client.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } })),
    };
  }

  function consumer(streamArn: string, options: Partial<FollowStreamOptions> = {}) {
    const seen: string[] = [];
    const checkpoints = memoryCheckpoints();
    const handle = async (records: readonly ShardRecord[]) => {
      seen.push(...records.map(textOf));
    };
    const signal = new AbortController().signal;
    const pace = { busyMs: 1, idleMs: 10 };
    const defaults = { client: streams, streamArn, handle, checkpoints, signal, clock: systemClock, ...pace };
    const follow = (more: Partial<FollowStreamOptions> = {}) =>
      followStream({ ...defaults, until: () => true, ...options, ...more });
    return { seen, checkpoints, defaults: { ...defaults, ...options }, follow };
  }

  it('brings inserts, updates and deletes, those of an item in order, and nothing twice after a stop', async () => {
    const { stream, put, remove } = await source();
    const { seen, follow } = consumer(stream.streamArn, { batchSize: 4 });
    // An open shard without a record is read first: it has to go on when the first record comes.
    await follow();
    for (let value = 1; value <= 3; value++) for (const id of ['a', 'b']) await put(id, value);
    await remove('a');
    await put('b', 3);
    await put('a', 4);
    await follow();
    await put('c', 1);
    expect(await follow()).toMatchObject({ outcome: 'until', handled: 1, gaps: [] });
    const of = (id: string) => seen.filter((text) => text.startsWith(id));
    // Writing what is there already makes no record.
    expect(of('a')).toEqual(['a INSERT 1', 'a MODIFY 2', 'a MODIFY 3', 'a REMOVE', 'a INSERT 4']);
    expect(of('b')).toEqual(['b INSERT 1', 'b MODIFY 2', 'b MODIFY 3']);
    expect(of('c')).toEqual(['c INSERT 1']);
  });

  it('brings one batch again when the process dies between handling and saving', async () => {
    const { stream, put } = await source();
    for (let value = 1; value <= 10; value++) await put('a', value);
    const { seen, follow, checkpoints } = consumer(stream.streamArn, { batchSize: 3 });
    let saves = 0;
    checkpoints.failSave = () => {
      saves += 1;
      return saves === 3 ? new Error('killed') : undefined;
    };
    await expect(follow()).rejects.toThrow('killed');
    expect(seen).toHaveLength(6);
    await follow();
    expect(seen.slice(0, 6).concat(seen.slice(9))).toEqual(
      Array.from({ length: 10 }, (_, index) => `a ${index === 0 ? 'INSERT' : 'MODIFY'} ${index + 1}`),
    );
    expect(seen.slice(6, 9)).toEqual(seen.slice(3, 6));
  });

  it('is taken over by a second process when the first is dead', async () => {
    const { stream, put } = await source();
    const meta = openMetaTable({ client: local.client, tableName: `meta-${tables}` });
    await meta.ensure();
    const binding = { id: '002-move', direction: 'up', streamArn: stream.streamArn } as const;
    let isCut = false;
    const broken = cutOff(meta, () => isCut);
    const leaseOf = (table: MetaTable) =>
      acquireSyncLease({ table, actor, command: 'test', leaseMs: 1_500, timeoutMs: 30_000, id: binding.id });

    const first = await leaseOf(broken);
    const dead = openStreamCheckpoints({ table: broken }).bind(first, binding);
    const one = consumer(stream.streamArn, { checkpoints: dead, signal: first.signal, until: undefined, batchSize: 2 });
    for (let value = 1; value <= 4; value++) await put('a', value);
    const following = one.follow({
      handle: async (records) => {
        await one.defaults.handle(records, { shardId: '' });
        // From here on nothing of this process reaches the meta table.
        isCut = one.seen.length === 4;
      },
    });
    const died = following.catch((error: Error) => error.message);
    const second = await leaseOf(meta);
    expect(second.token).toBe(2);
    const checkpoints = openStreamCheckpoints({ table: meta }).bind(second, binding);
    const two = consumer(stream.streamArn, { checkpoints, signal: second.signal });
    await put('a', 5);
    await two.follow();
    // What the first one handled and could not save comes again.
    expect(two.seen).toEqual(['a MODIFY 3', 'a MODIFY 4', 'a MODIFY 5']);
    expect(await died).toBe('cut off');
    isCut = false;
    await expect(dead.save({ shardId: 'new', done: false, savedAt: 0 })).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await second.release();
  });

  it('is drained when it is quiet, and for certain when it is switched off', async () => {
    const { stream, put, TableName } = await source();
    for (let value = 1; value <= 5; value++) await put('a', value);
    const { seen, defaults } = consumer(stream.streamArn);
    const recent: string[] = [];
    const onRecords = (records: readonly ShardRecord[]) => recent.push(...records.map(textOf));
    expect(await drainStream({ ...defaults, quietMs: 300, seen: { since: systemClock.wall(), onRecords } })).toEqual({
      drained: 'quiet',
      handled: 5,
      gaps: [],
    });
    expect(recent).toEqual(seen);
    await put('a', 6);
    expect(await disableStream(local.client, TableName, stream)).toBe('disabled');
    // The end is believed once a second listing has nothing new, which takes longer than a short silence.
    expect(await drainStream({ ...defaults, quietMs: 30_000 })).toEqual({ drained: 'closed', handled: 1, gaps: [] });
    expect(seen.at(-1)).toBe('a MODIFY 6');
  });
});

function textOf({ eventName, dynamodb }: ShardRecord): string {
  const value = dynamodb?.NewImage?.value?.N;
  return [dynamodb?.Keys?.id?.S, eventName, value].filter((part) => part !== undefined).join(' ');
}

/** A meta table that a process cannot write any more from some moment on. */
function cutOff(table: MetaTable, isCut: () => boolean): MetaTable {
  const reach = <T>(call: () => Promise<T>) => (isCut() ? Promise.reject(new Error('cut off')) : call());
  return {
    ...table,
    put: (...args) => reach(() => table.put(...args)),
    update: (...args) => reach(() => table.update(...args)),
  };
}
