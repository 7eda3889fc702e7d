import { beforeEach, describe, expect, it } from 'vitest';
import { type DrainStreamOptions, drainStream } from '../../../src/dynamodb/streams/drain-stream.js';
import { numberOf } from './fake-stream.js';
import { type Following, following } from './following.js';

let world: Following;
beforeEach(() => {
  world = following();
});

function drain(options: Partial<DrainStreamOptions> = {}) {
  const { stream, clock, checkpoints, handled } = world;
  return drainStream({
    client: stream.client,
    streamArn: 'arn',
    clock,
    random: () => 0.5,
    checkpoints,
    signal: new AbortController().signal,
    handle: async (records, { shardId }) => {
      for (const record of records) handled.push([shardId, numberOf(record)]);
    },
    ...options,
  });
}

describe('draining', () => {
  it('ends when every open shard was quiet for long enough, after a listing that is late enough', async () => {
    const { stream, clock } = world;
    stream.shard('a', { records: 3, emptyFirst: 4 });
    stream.shard('b');
    expect(await drain()).toEqual({ drained: 'quiet', handled: 3, gaps: [] });
    const reads = stream.calls.filter(({ op, shardId }) => op === 'read' && shardId === 'a').map(({ at }) => at);
    expect((reads.at(-1) ?? 0) - (reads[4] ?? 0)).toBeGreaterThanOrEqual(10_000);
    expect(clock.monotonic()).toBeLessThan(40_000);
  });

  it('waits for a listing that has to know every shard that was written to', async () => {
    const { stream, clock } = world;
    stream.shard('a');
    stream.shard('b', { records: 1, listedFrom: 2 });
    stream.fail = (op) =>
      op === 'list' && clock.monotonic() > 5_000 && clock.monotonic() < 30_000 ? 'LimitExceededException' : undefined;
    expect(await drain()).toMatchObject({ drained: 'quiet', handled: 1 });
  });

  it('begins again to wait when a record shows up late', async () => {
    const { stream, clock } = world;
    stream.shard('a', { records: 1 });
    let late = false;
    stream.after = (op) => {
      if (op !== 'read' || late || clock.monotonic() < 9_000) return;
      late = true;
      stream.write('a');
    };
    expect(await drain()).toMatchObject({ drained: 'quiet', handled: 2 });
    expect(clock.monotonic()).toBeGreaterThan(19_000);
  });

  it('does not take for quiet what is only not answered', async () => {
    const { stream, clock } = world;
    stream.shard('a');
    stream.shard('b');
    stream.fail = (op, shardId) =>
      op === 'read' && shardId === 'b' && clock.monotonic() > 4_000 && clock.monotonic() < 60_000
        ? 'LimitExceededException'
        : undefined;
    expect(await drain({ quietReads: 3 })).toMatchObject({ drained: 'quiet' });
    expect(clock.monotonic()).toBeGreaterThan(60_000);
  });

  it('waits until a batch that fails is handled', async () => {
    const { stream, clock } = world;
    stream.shard('a', { records: 2 });
    const result = await drain({
      handle: async () => {
        if (clock.monotonic() < 100_000) throw new Error('not now');
      },
    });
    expect(result).toEqual({ drained: 'quiet', handled: 2, gaps: [] });
    expect(clock.monotonic()).toBeGreaterThan(110_000);
  });

  it('does not begin before the moment it is asked for', async () => {
    const { stream, clock } = world;
    stream.shard('a');
    await drain({ writtenBefore: clock.wall() + 50_000 });
    expect(clock.monotonic()).toBeGreaterThanOrEqual(60_000);
  });

  it('has a proof where the stream is switched off', async () => {
    const { stream } = world;
    stream.status = 'DISABLED';
    stream.shard('a', { records: 2, closed: true });
    expect(await drain()).toEqual({ drained: 'closed', handled: 2, gaps: [] });
  });

  it('is not done when it is stopped', async () => {
    const { stream, clock } = world;
    stream.shard('a', { records: 2 });
    const stop = new AbortController();
    void clock.sleep(5_000).then(() => stop.abort());
    expect(await drain({ signal: stop.signal })).toEqual({ drained: false, handled: 2, gaps: [] });
  });

  it('tells the records written since a moment', async () => {
    const { stream, clock } = world;
    stream.shard('a', { records: 2 });
    await clock.sleep(300_000);
    const since = clock.wall();
    const late = stream.write('a');
    const seen: string[] = [];
    await drain({ seen: { since, onRecords: (records) => seen.push(...records.map(numberOf)) } });
    expect(seen).toEqual([late]);
    expect(world.handled).toHaveLength(3);
  });
});
