import { beforeEach, describe, expect, it } from 'vitest';
import { MigrateError } from '../../../src/errors.js';
import { awsError, numberOf } from './fake-stream.js';
import { type Following, following } from './following.js';
import { memoryCheckpoints } from './memory-checkpoints.js';

let world: Following;
beforeEach(() => {
  world = following();
});
const HOUR = 3_600_000;
const shardsOf = (handled: Following['handled']) => [...new Set(handled.map(([shardId]) => shardId))];
const numbersOf = (handled: Following['handled'], shardId: string) =>
  handled.filter(([shard]) => shard === shardId).map(([, number]) => number);
const retriesOf = ({ events }: Following) =>
  events.flatMap((event) => (event.type === 'retry' ? [`${event.what} ${event.error.split(' ')[0]}`] : []));
const opened = ({ stream }: Following) =>
  stream.calls.filter(({ op }) => op.startsWith('open')).map(({ op, shardId }) => `${op.slice(5)} ${shardId}`);

describe('shards', () => {
  it('are read from the oldest record on, in order, and batch by batch', async () => {
    const { stream } = world;
    stream.shard('a', { records: 25 });
    const result = await world.follow({ batchSize: 10 });
    expect(result).toEqual({ outcome: 'until', handled: 25, gaps: [] });
    expect(numbersOf(world.handled, 'a')).toEqual(stream.numbers('a'));
    expect(world.events.filter(({ type }) => type === 'handled')).toHaveLength(3);
    expect(world.checkpoints.rows.get('a')).toMatchObject({ sequenceNumber: stream.numbers('a').at(-1), done: false });
  });

  it('are read parent before child, however they are listed', async () => {
    const { stream } = world;
    stream.shard('c', { parent: 'b', records: 2 });
    stream.shard('b', { parent: 'a', records: 2, closed: true });
    stream.shard('b2', { parent: 'a', records: 2 });
    stream.shard('a', { records: 30, closed: true });
    stream.pageSize = 1;
    await world.follow({ batchSize: 3 });
    expect(shardsOf(world.handled)[0]).toBe('a');
    expect(shardsOf(world.handled).indexOf('b')).toBeLessThan(shardsOf(world.handled).indexOf('c'));
    expect(world.handled).toHaveLength(36);
    expect(world.checkpoints.rows.get('a')?.done).toBe(true);
    expect(stream.calls.filter(({ op }) => op === 'list').length).toBeGreaterThanOrEqual(4);
  });

  it('wait for a parent whose batch fails', async () => {
    const { stream } = world;
    stream.shard('a', { records: 2, closed: true });
    stream.shard('b', { parent: 'a', records: 2 });
    let failures = 4;
    world.handle = async (_records, shardId) => {
      failures -= 1;
      if (shardId === 'a' && failures >= 0) throw new Error('not now');
      return undefined;
    };
    await world.follow();
    expect(world.handled.map(([shardId]) => shardId)).toEqual(['a', 'a', 'b', 'b']);
    expect(retriesOf(world)).toEqual(Array(4).fill('handle not'));
  });

  it('that begin meanwhile are found as soon as their parent ends, and without one at the next listing', async () => {
    const { stream } = world;
    const a = stream.shard('a', { records: 1 });
    stream.after = (op, shardId) => {
      if (op !== 'read' || shardId !== 'a' || a.closed || world.clock.monotonic() < 5_000) return;
      a.closed = true;
      stream.shard('b', { parent: 'a', records: 1 });
      stream.shard('c', { records: 1 });
    };
    await world.follow({ until: () => stream.shards.size === 3 && world.handled.length === 3 });
    expect(world.handled.map(([shardId]) => shardId).sort()).toEqual(['a', 'b', 'c']);
    expect(world.clock.monotonic()).toBeLessThan(15_000);
  });

  it('are not caught up while the child of an ended one is not listed yet', async () => {
    const { stream } = world;
    stream.shard('a', { records: 1, closed: true });
    stream.shard('b', { parent: 'a', records: 1, listedFrom: 5 });
    await world.follow();
    expect(world.handled.map(([shardId]) => shardId)).toEqual(['a', 'b']);
  });

  it('take turns when they are more than may be read at once', async () => {
    const { stream } = world;
    for (let index = 0; index < 10; index++) stream.shard(`s${index}`, { records: 20 });
    let running = 0;
    let most = 0;
    world.handle = async () => {
      running += 1;
      most = Math.max(most, running);
      await world.clock.sleep(10);
      running -= 1;
      return undefined;
    };
    await world.follow({ parallel: 2, batchSize: 5 });
    expect(world.handled).toHaveLength(200);
    expect(most).toBe(2);
  });

  it('are asked no more than five times a second', async () => {
    const { stream } = world;
    stream.shard('a', { records: 100 });
    await world.follow({ batchSize: 5 });
    const reads = stream.calls.filter(({ op }) => op === 'read').map(({ at }) => at);
    for (let index = 5; index < reads.length; index++) {
      expect((reads[index] ?? 0) - (reads[index - 5] ?? 0)).toBeGreaterThanOrEqual(1_000);
    }
  });

  it('are forgotten once they are done and expired', async () => {
    const { stream } = world;
    stream.shard('b', { parent: 'a' });
    const at = world.clock.wall();
    world.checkpoints = memoryCheckpoints([
      { shardId: 'a', done: true, savedAt: at - HOUR },
      { shardId: 'b', parentShardId: 'a', done: false, savedAt: at - HOUR },
    ]);
    expect((await world.follow()).gaps).toEqual([]);
    expect([...world.checkpoints.rows.keys()]).toEqual(['b']);
  });

  it('that are all read to their end in a stream that is switched off end the following', async () => {
    const { stream } = world;
    stream.status = 'DISABLED';
    stream.shard('a', { records: 3, closed: true });
    stream.shard('b', { parent: 'a', records: 3, closed: true });
    expect(await world.follow({ until: () => false })).toEqual({ outcome: 'ended', handled: 6, gaps: [] });
  });

  it('do not end it before a listing has nothing new: the last shard may be listed late', async () => {
    const { stream } = world;
    stream.status = 'DISABLED';
    stream.shard('a', { records: 3, closed: true });
    stream.shard('b', { parent: 'a', records: 3, closed: true, listedFrom: 3 });
    expect(await world.follow({ until: () => false })).toEqual({ outcome: 'ended', handled: 6, gaps: [] });
  });
});

describe('a batch', () => {
  it('that fails in part is saved up to before the lowest failure, and the rest comes again', async () => {
    const { stream, checkpoints } = world;
    stream.shard('a', { records: 10 });
    const [, , , fourth = '', fifth = ''] = stream.numbers('a');
    const seen: { first: string; saved: string | undefined }[] = [];
    world.handle = async (records) => {
      seen.push({ first: records[0] ? numberOf(records[0]) : '', saved: checkpoints.rows.get('a')?.sequenceNumber });
      const failed = [fifth, fourth].map((itemIdentifier) => ({ itemIdentifier }));
      return seen.length <= 2 ? { batchItemFailures: seen.length === 1 ? failed : failed.slice(1) } : undefined;
    };
    await world.follow();
    const third = stream.numbers('a')[2];
    expect(seen).toEqual([
      { first: stream.numbers('a')[0], saved: undefined },
      { first: fourth, saved: third },
      { first: fourth, saved: third },
    ]);
    expect(numbersOf(world.handled, 'a')).toEqual(stream.numbers('a'));
  });

  it('that reports a number of another batch counts as failed from its first record on', async () => {
    const { stream, checkpoints } = world;
    stream.shard('a', { records: 3 });
    let calls = 0;
    const saved: unknown[] = [];
    await world.follow({
      handle: async () => {
        calls += 1;
        saved.push(checkpoints.rows.get('a')?.sequenceNumber);
        return { batchItemFailures: calls === 1 ? [{ itemIdentifier: 'what?' }] : [] };
      },
    });
    expect(saved).toEqual([undefined, undefined]);
  });

  it('under way is finished and saved when the following is stopped, and nothing is begun after it', async () => {
    const { stream, checkpoints } = world;
    stream.shard('a', { records: 10 });
    const stop = new AbortController();
    world.handle = async () => {
      stop.abort();
      await world.clock.sleep(5_000);
      return undefined;
    };
    const result = await world.follow({ signal: stop.signal, batchSize: 4 });
    expect(result).toEqual({ outcome: 'stopped', handled: 4, gaps: [] });
    expect(checkpoints.rows.get('a')?.sequenceNumber).toBe(stream.numbers('a')[3]);
    world.handle = async () => undefined;
    await world.follow();
    expect(numbersOf(world.handled, 'a')).toEqual(stream.numbers('a'));
  });

  it('is not begun when the following is stopped while it is read', async () => {
    const { stream } = world;
    stream.shard('a', { records: 3 });
    const stop = new AbortController();
    stream.after = (op) => {
      if (op === 'read') stop.abort();
    };
    expect(await world.follow({ signal: stop.signal })).toEqual({ outcome: 'stopped', handled: 0, gaps: [] });
    expect(world.handled).toEqual([]);
  });

  it('that is stopped while it waits to be tried again leaves its position', async () => {
    const { stream, checkpoints } = world;
    stream.shard('a', { records: 3 });
    const stop = new AbortController();
    world.handle = async () => {
      setImmediate(() => stop.abort());
      throw new Error('never');
    };
    expect((await world.follow({ signal: stop.signal })).outcome).toBe('stopped');
    expect(checkpoints.rows.get('a')?.sequenceNumber).toBeUndefined();
  });

  it('whose position cannot be saved for the moment is not handled again', async () => {
    const { stream, checkpoints } = world;
    stream.shard('a', { records: 3 });
    let failures = 0;
    checkpoints.failSave = ({ sequenceNumber }) => {
      if (sequenceNumber === undefined || failures === 3) return undefined;
      failures += 1;
      return awsError('ThrottlingException');
    };
    await world.follow();
    expect(world.handled).toHaveLength(3);
    expect(retriesOf(world)).toEqual(Array(3).fill('save ThrottlingException'));
    expect(checkpoints.rows.get('a')?.sequenceNumber).toBe(stream.numbers('a')[2]);
  });

  it.each([['handle'], ['save']])('ends the following when the lease is lost in %s', async (where) => {
    const { stream, checkpoints } = world;
    stream.shard('a', { records: 3 });
    stream.shard('b', { records: 3 });
    const lost = new MigrateError('LEASE_LOST', 'gone');
    if (where === 'save') checkpoints.failSave = ({ sequenceNumber }) => (sequenceNumber ? lost : undefined);
    else world.handle = () => Promise.reject(lost);
    await expect(world.follow()).rejects.toBe(lost);
  });
});

describe('requests', () => {
  it('that are throttled or lost are made again, and nothing is missed', async () => {
    const { stream } = world;
    stream.shard('a', { records: 9 });
    const faults = ['LimitExceededException', 'ProvisionedThroughputExceededException', 'TimeoutError'];
    let calls = 0;
    stream.fail = () => {
      calls += 1;
      return calls % 4 === 0 ? undefined : faults[calls % 3];
    };
    await world.follow({ batchSize: 3 });
    expect(numbersOf(world.handled, 'a')).toEqual(stream.numbers('a'));
    expect(new Set(retriesOf(world))).toEqual(
      new Set(['list', 'read'].flatMap((what) => faults.map((fault) => `${what} ${fault}`))),
    );
  });

  it('with an iterator that expired are made again from the position', async () => {
    const { stream } = world;
    stream.shard('a', { records: 9 });
    let reads = 0;
    stream.fail = (op) => {
      reads += op === 'read' ? 1 : 0;
      return op === 'read' && reads === 2 ? 'ExpiredIteratorException' : undefined;
    };
    await world.follow({ batchSize: 3 });
    expect(numbersOf(world.handled, 'a')).toEqual(stream.numbers('a'));
    expect(opened(world)).toEqual(['TRIM_HORIZON a', 'AFTER_SEQUENCE_NUMBER a']);
    expect(retriesOf(world)).toEqual([]);
  });

  it('that are denied end the following', async () => {
    world.stream.shard('a', { records: 1 });
    world.stream.fail = (op) => (op === 'read' ? 'AccessDeniedException' : undefined);
    await expect(world.follow()).rejects.toThrow('AccessDeniedException');
  });

  it('to a stream that was never there are told at once', async () => {
    world.stream.gone = true;
    await expect(world.follow()).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
  });
});

describe('a gap', () => {
  const { signal } = new AbortController();

  it('is no empty beginning: what expired before the first start is of no concern', async () => {
    const { stream } = world;
    stream.shard('b', { parent: 'a', records: 5, trimmed: 2 });
    expect((await world.follow()).gaps).toEqual([]);
    expect(numbersOf(world.handled, 'b')).toEqual(stream.numbers('b').slice(2));
  });

  it('is no shard that is not begun, whatever the engine says of its oldest record', async () => {
    const { stream } = world;
    const a = stream.shard('a', { records: 3 });
    // As DynamoDB Local does it: the shard was empty when its iterator was made.
    stream.fail = (op) => {
      if (op !== 'read') return undefined;
      stream.fail = () => undefined;
      return 'TrimmedDataAccessException';
    };
    expect((await world.follow()).gaps).toEqual([]);
    expect(numbersOf(world.handled, 'a')).toEqual(a.records.map((record) => record.dynamodb?.SequenceNumber));
    expect(world.checkpoints.rows.get('a')?.gap).toBeUndefined();
  });

  it('is stored before what comes after it is read, when records expired behind the position', async () => {
    const { stream } = world;
    const a = stream.shard('a', { records: 9 });
    const [first] = stream.numbers('a');
    world.checkpoints = memoryCheckpoints([
      { shardId: 'a', sequenceNumber: first, done: false, savedAt: world.clock.wall() },
    ]);
    a.trimmed = 4;
    const told: unknown[] = [];
    const { gaps } = await world.follow({
      onGap: (gap) => {
        told.push(gap);
        expect(world.handled).toEqual([]);
        expect(world.checkpoints.rows.get('a')?.gap).toEqual({ reason: 'trimmed' });
      },
    });
    expect(gaps).toEqual([{ shardId: 'a', reason: 'trimmed', at: expect.any(Number) }]);
    expect(told).toEqual(gaps);
    expect(numbersOf(world.handled, 'a')).toEqual(stream.numbers('a').slice(4));
    expect(world.checkpoints.rows.get('a')?.gap).toEqual({ reason: 'trimmed' });
  });

  it('is a position that the shard does not know', async () => {
    const { stream } = world;
    stream.shard('a', { records: 3 });
    world.checkpoints = memoryCheckpoints([
      { shardId: 'a', sequenceNumber: 'of another server', done: false, savedAt: world.clock.wall() },
    ]);
    expect((await world.follow()).gaps).toEqual([{ shardId: 'a', reason: 'trimmed', at: expect.any(Number) }]);
    expect(numbersOf(world.handled, 'a')).toEqual(stream.numbers('a'));
  });

  it('is stored again when its save failed, and what its listener throws ends the following', async () => {
    const { stream } = world;
    stream.shard('a', { records: 9, trimmed: 4 });
    const [sequenceNumber] = stream.numbers('a');
    world.checkpoints = memoryCheckpoints([{ shardId: 'a', sequenceNumber, done: false, savedAt: world.clock.wall() }]);
    let failures = 2;
    world.checkpoints.failSave = () => {
      failures -= 1;
      return failures >= 0 ? awsError('ThrottlingException') : undefined;
    };
    const onGap = () => Promise.reject(new Error('stop here'));
    await expect(world.follow({ onGap })).rejects.toThrow('stop here');
    expect(world.checkpoints.rows.get('a')?.gap).toEqual({ reason: 'trimmed' });
    expect(world.handled).toEqual([]);
  });

  it('is a shard that is gone before its end, and its children go on', async () => {
    const { stream } = world;
    stream.shard('b', { parent: 'a', records: 2 });
    world.checkpoints = memoryCheckpoints([
      { shardId: 'a', sequenceNumber: '5', done: false, savedAt: world.clock.wall() },
    ]);
    const { gaps } = await world.follow({ signal });
    expect(gaps).toMatchObject([{ shardId: 'a', reason: 'shard-gone' }]);
    expect(numbersOf(world.handled, 'b')).toEqual(stream.numbers('b'));
    expect(world.checkpoints.rows.get('a')).toMatchObject({ done: true, gap: { reason: 'shard-gone' } });
  });

  it('is not declared for a shard that is listed and says for a moment that it is not there', async () => {
    const { stream } = world;
    stream.shard('a', { records: 2 });
    let failures = 3;
    stream.fail = (op) => {
      if (op === 'list') return undefined;
      failures -= 1;
      return failures >= 0 ? 'ResourceNotFoundException' : undefined;
    };
    expect((await world.follow()).gaps).toEqual([]);
    expect(world.handled).toHaveLength(2);
  });

  it('is a shard that came and expired while nobody looked', async () => {
    const { stream } = world;
    stream.shard('c', { parent: 'b', records: 2 });
    world.checkpoints = memoryCheckpoints([{ shardId: 'a', done: true, savedAt: world.clock.wall() }]);
    const { gaps } = await world.follow();
    expect(gaps).toMatchObject([{ shardId: 'b', reason: 'parent-unseen' }]);
    expect(world.handled).toHaveLength(2);
  });

  it('is not a parent that only one listing leaves out', async () => {
    const { stream } = world;
    stream.shard('b', { parent: 'a', records: 2 });
    stream.shard('a', { records: 2, closed: true, listedFrom: 2 });
    world.checkpoints = memoryCheckpoints([{ shardId: 'z', done: true, savedAt: world.clock.wall() }]);
    expect((await world.follow()).gaps).toEqual([]);
    expect(world.handled.map(([shardId]) => shardId)).toEqual(['a', 'a', 'b', 'b']);
  });

  it.each([
    ['its parent ended', [{ shardId: 'a', done: true, savedAt: -25 * HOUR }]],
    [
      'it was seen',
      [
        { shardId: 'a', done: true, savedAt: -HOUR },
        { shardId: 'b', parentShardId: 'a', done: false, savedAt: -25 * HOUR },
      ],
    ],
  ])('is a shard that is begun a day after %s', async (_when, rows) => {
    const { stream } = world;
    stream.shard('a', { closed: true });
    stream.shard('b', { parent: 'a', records: 2 });
    world.checkpoints = memoryCheckpoints(rows.map((row) => ({ ...row, savedAt: world.clock.wall() + row.savedAt })));
    const { gaps } = await world.follow();
    expect(gaps).toMatchObject([{ shardId: 'b', reason: 'away-too-long' }]);
    expect(world.handled).toHaveLength(2);
  });

  it('is not a shard in which nothing is written for days', async () => {
    const { stream } = world;
    stream.shard('a');
    const follow = (days: number) =>
      world.follow({ idleMs: HOUR / 2, until: () => world.clock.monotonic() > days * 24 * HOUR });
    expect((await follow(2)).gaps).toEqual([]);
    expect((await follow(3)).gaps).toEqual([]);
  });

  it('is a stream that took the place of another one', async () => {
    world.stream.shard('a', { records: 2 });
    world.checkpoints.formerStreamArn = 'arn-before';
    expect((await world.follow()).gaps).toMatchObject([{ shardId: 'arn-before', reason: 'stream-replaced' }]);
    expect(world.handled).toHaveLength(2);
    expect((await world.follow()).gaps).toEqual([]);
    expect(world.checkpoints.rows.get('arn-before')?.gap).toEqual({ reason: 'stream-replaced' });
  });

  it('is all that was not read of a stream that is gone', async () => {
    const { stream } = world;
    stream.shard('a', { records: 2 });
    stream.after = (op) => {
      if (op === 'read') stream.gone = true;
    };
    const { outcome, gaps } = await world.follow({ until: () => false });
    expect(outcome).toBe('ended');
    expect(gaps).toMatchObject([{ shardId: 'a', reason: 'shard-gone' }]);
  });
});

describe('events', () => {
  it('tell the lag, and when all is caught up and behind again; a listener that throws stops nothing', async () => {
    const { stream, clock } = world;
    stream.shard('a', { records: 1, emptyFirst: 1 });
    const types: string[] = [];
    let lagMs: number | undefined;
    let written = false;
    await world.follow({
      onEvent: (event) => {
        types.push(event.type);
        if (event.type === 'handled') lagMs = event.lagMs;
        throw new Error('listener');
      },
      until: () => {
        if (!written) stream.write('a');
        written = true;
        return clock.monotonic() > 20_000;
      },
    });
    expect(types).toEqual(['shards', 'handled', 'caught-up', 'behind', 'handled', 'caught-up']);
    expect(lagMs).toBe(1_000);
  });
});
