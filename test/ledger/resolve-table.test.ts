import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MigrateError } from '../../src/errors.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { drainMs, openPointers, type Pointers } from '../../src/ledger/pointers.js';
import { createTableResolver, type TableResolver } from '../../src/ledger/resolve-table.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { FakeClock } from './fake-clock.js';
import { fenceOf } from './fences.js';
import { watch } from './lock-world.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let stored: MetaTable;
let pointers: Pointers;
let clock: FakeClock;
let probe: ReturnType<typeof probed>;
let resolve: TableResolver;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  clock = new FakeClock();
  stored = openMetaTable({ client: dynalite.client, tableName: `resolve-${tables}` });
  await stored.ensure();
  pointers = openPointers({ table: stored, clock });
  probe = probed(dynalite);
  const options = { client: probe.client, metaTable: stored.name, clock, random: () => 0.5 };
  resolve = createTableResolver({ ...options, tableName: (name) => `prod-${name}` });
});

/** A client that counts its requests, can be made to fail, and does something before an answer arrives. */
function probed({ endpoint }: Dynalite) {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const state = {
    client,
    requests: 0,
    open: 0,
    fails: false,
    meanwhile: async () => {},
    commands: new Set<string>(),
    /** Until no request is under way. */
    async settle() {
      for (let idle = 0; idle < 3; ) {
        await new Promise((done) => setImmediate(done));
        idle = state.open === 0 ? idle + 1 : 0;
      }
    },
  };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      state.requests += 1;
      state.commands.add(String(context.commandName));
      if (state.fails) throw new Error('unreachable');
      state.open += 1;
      try {
        const answer = await next(args);
        await state.meanwhile();
        return answer;
      } finally {
        state.open -= 1;
      }
    },
    { step: 'initialize' },
  );
  return state;
}

const lease = fenceOf(1);
const ensure = (from: string, to: string, cacheMs = 2_000) =>
  pointers.ensure(lease, {
    ...{ name: from, migration: `move-${from}`, source: `prod-${from}`, target: `prod-${to}`, targetName: to },
    ...{ cacheMs, writeMs: 10_000 },
  });
const pass = (ms: number) => clock.advance(ms, probe.settle);

describe('resolving a table', () => {
  it('answers the name that the environment gives it where it was never moved', async () => {
    expect(await resolve('A')).toBe('prod-A');
    const plain = createTableResolver({ client: probe.client, clock });
    // The meta table may not be there yet.
    expect(await plain('A', 'write')).toBe('A');
    expect([...probe.commands]).toEqual(['GetItemCommand']);
  });

  it('follows a cutover, and the next one', async () => {
    await ensure('A', 'B');
    expect(await resolve('A', 'write')).toBe('prod-A');
    await pointers.freeze(lease, 'A');
    await pointers.flip(lease, 'A', 'target');
    expect(await resolve('A', 'write')).toBe('prod-A');
    await pass(2_000);
    expect(await resolve('A', 'write')).toBe('prod-B');
    await ensure('B', 'C');
    await pointers.flip(lease, 'B', 'target', { frozen: false });
    await pass(5_000);
    expect([await resolve('A'), await resolve('B'), await resolve('C')]).toEqual(['prod-C', 'prod-C', 'prod-C']);
  });

  it('reads once for many callers, and then not before the answer is too old', async () => {
    await ensure('A', 'B');
    await Promise.all(Array.from({ length: 50 }, () => resolve('A', 'write')));
    expect(probe.requests).toBe(1);
    await pass(1_999);
    await resolve('A');
    expect(probe.requests).toBe(1);
    await pass(1);
    await resolve('A');
    expect(probe.requests).toBe(2);
  });

  it('keeps the answer that there is no pointer for 5 s', async () => {
    await resolve('A');
    await pass(4_999);
    await resolve('A');
    expect(probe.requests).toBe(1);
    await pass(1);
    await resolve('A');
    expect(probe.requests).toBe(2);
  });

  it('asks again for a write where the answer was longer on its way than a cutover waits', async () => {
    await ensure('A', 'B');
    let slow = 0;
    probe.meanwhile = async () => {
      slow += 1;
      if (slow > 1) return;
      // The answer, `source`, is here; the process that waits for it is not.
      await pointers.freeze(lease, 'A');
      await pointers.flip(lease, 'A', 'target');
      await clock.advance(drainMs({ cacheMs: 2_000, writeMs: 0 }), async () => {});
    };
    expect(await resolve('A', 'write')).toBe('prod-B');
    expect(await resolve('A', 'read')).toBe('prod-B');
  });

  it('gives up on a meta table that is always that slow', async () => {
    await ensure('A', 'B');
    probe.meanwhile = () => clock.advance(20_000, async () => {});
    await expect(resolve('A', 'write')).rejects.toMatchObject({ code: 'TABLE_FROZEN' });
    expect(probe.requests).toBe(3);
    expect(await resolve('A', 'read')).toBe('prod-A');
  });

  it('counts the age of an answer from before it was asked for', async () => {
    await ensure('A', 'B');
    probe.meanwhile = () => clock.advance(1_500, async () => {});
    await resolve('A');
    probe.meanwhile = async () => {};
    await pass(499);
    await resolve('A');
    expect(probe.requests).toBe(1);
    await pass(1);
    await resolve('A');
    expect(probe.requests).toBe(2);
  });

  it('counts time that a suspended process slept through', async () => {
    let sleptMs = 0;
    const options = { client: probe.client, metaTable: stored.name };
    const resolve = createTableResolver({
      ...options,
      clock: { wall: () => clock.wall() + sleptMs, monotonic: () => clock.monotonic(), sleep: async () => {} },
    });
    await ensure('A', 'B');
    await resolve('A', 'write');
    await pointers.flip(lease, 'A', 'target', { frozen: false });
    sleptMs = 60_000;
    expect(await resolve('A', 'write')).toBe('prod-B');
    // A clock that is set back keeps no answer for longer.
    await pointers.flip(lease, 'A', 'source', { frozen: false });
    sleptMs = 0;
    await pass(2_000);
    expect(await resolve('A', 'write')).toBe('prod-A');
  });
});

describe('while a cutover holds back writes', () => {
  it('writers wait and readers do not', async () => {
    await ensure('A', 'B');
    await pointers.freeze(lease, 'A');
    expect(await resolve('A')).toBe('prod-A');
    const writes = Array.from({ length: 20 }, () => watch(resolve('A', 'write')));
    await pass(3_000);
    expect(writes.map(({ value }) => value)).toEqual(writes.map(() => undefined));
    expect(probe.requests).toBeLessThan(12);
    await pointers.flip(lease, 'A', 'target');
    await pass(500);
    expect(writes.map(({ value }) => value)).toEqual(writes.map(() => 'prod-B'));
  });

  it('at the end of a chain, those who ask for its beginning wait too', async () => {
    await ensure('A', 'B');
    await pointers.flip(lease, 'A', 'target', { frozen: false });
    await ensure('B', 'C');
    await pointers.freeze(lease, 'B');
    const write = watch(resolve('A', 'write'));
    await pass(1_000);
    expect([write.value, await resolve('A')]).toEqual([undefined, 'prod-B']);
    await pointers.unfreeze(lease, 'B');
    await pass(500);
    expect(write.value).toBe('prod-B');
  });

  it('a write gives up after a minute', async () => {
    await ensure('A', 'B');
    await pointers.freeze(lease, 'A');
    const write = watch(resolve('A', 'write'));
    await pass(59_999);
    expect(write.error).toBeUndefined();
    await pass(1);
    expect(write.error).toMatchObject({ code: 'TABLE_FROZEN', exitCode: 7, migration: 'move-A' });
  });

  it('a write can be stopped', async () => {
    await ensure('A', 'B');
    await pointers.freeze(lease, 'A');
    const [stop, reasoned] = [new AbortController(), new AbortController()];
    const write = watch(resolve('A', 'write', { signal: stop.signal }));
    const other = watch(resolve('A', 'write', { signal: reasoned.signal }));
    await pass(1_000);
    const reason = new MigrateError('LEASE_LOST', 'gone');
    stop.abort();
    reasoned.abort(reason);
    await probe.settle();
    expect(write.error).toMatchObject({ code: 'INTERRUPTED' });
    expect(other.error).toBe(reason);
  });

  it('no write is resolved to the old table later than the drain counts on', async () => {
    const pointer = await ensure('A', 'B', 100);
    // One application saw no pointer just before it was made, another one the pointer just before the freeze.
    await pointers.remove(lease, 'A');
    await resolve('A', 'write');
    await ensure('A', 'B', 100);
    await pointers.freeze(lease, 'A');
    await pass(drainMs(pointer) - pointer.writeMs);
    const write = watch(resolve('A', 'write'));
    await pass(0);
    expect(write).toEqual({});
    await pointers.flip(lease, 'A', 'target');
    await pass(1_000);
    expect(write.value).toBe('prod-B');
  });
});

describe('while the meta table cannot be read', () => {
  it('reads go on with the last answer, writes fail, and both recover', async () => {
    await ensure('A', 'B');
    await pointers.flip(lease, 'A', 'target', { frozen: false });
    expect(await resolve('A')).toBe('prod-B');
    probe.fails = true;
    expect(await resolve('A', 'write')).toBe('prod-B');
    await pass(2_000);
    expect(await resolve('A')).toBe('prod-B');
    await expect(resolve('A', 'write')).rejects.toThrow('unreachable');
    await expect(resolve('Z')).rejects.toThrow('unreachable');
    probe.fails = false;
    expect([await resolve('A', 'write'), await resolve('Z')]).toEqual(['prod-B', 'prod-Z']);
  });
});
