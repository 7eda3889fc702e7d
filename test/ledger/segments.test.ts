import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CheckpointBinding, Position } from '../../src/ledger/checkpoints.js';
import { openIntents } from '../../src/ledger/intents.js';
import { type MetaTable, openMetaTable } from '../../src/ledger/meta-table.js';
import { watchSegments } from '../../src/ledger/segment-watch.js';
import { openSegments, type Segments, type SegmentTaker } from '../../src/ledger/segments.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { FakeClock } from './fake-clock.js';
import { leaseLost } from './fences.js';
import { LEASE_MS, someone } from './lock-world.js';

let dynalite: Dynalite;
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.close());

let table: MetaTable;
let clock: FakeClock;
let segments: Segments;
let tables = 0;
beforeEach(async () => {
  tables += 1;
  table = openMetaTable({ client: dynalite.client, tableName: `segments-${tables}` });
  await table.ensure();
  clock = new FakeClock();
  segments = openSegments({ table, clock });
});

const binding: CheckpointBinding = { id: '001-a', checksum: 's1:a', direction: 'up', totalSegments: 3, run: 5 };
const taker: SegmentTaker = { actor: someone, command: 'migrate work', leaseMs: LEASE_MS };
const intent = { unit: { id: { S: 'a' } }, keys: [{ id: { S: 'a' } }] };

async function see(segment: number, of = binding) {
  const state = await segments.get(of, segment);
  if (!state) throw new Error('not laid out');
  return state;
}

async function take(segment: number, of = binding) {
  const lease = await segments.take(of, await see(segment, of), taker);
  if (!lease) throw new Error('not taken');
  return lease;
}

const at = (position: Position, scanned: number): Position => ({
  ...position,
  exclusiveStartKey: { id: { S: 'half' } },
  scanned,
});

test('are laid out once, and go on where they are when they are laid out again', async () => {
  await segments.layOut(binding);
  const lease = await take(1);
  await segments.save(lease, binding, 1, at((await see(1)).position, 7));
  await lease.release();
  await segments.layOut(binding);
  const states = await segments.list(binding);
  expect(states.map(({ segment, position, holder }) => [segment, position.scanned, holder])).toEqual([
    [0, 0, undefined],
    [1, 7, undefined],
    [2, 0, undefined],
  ]);
  expect((await see(1)).position.exclusiveStartKey).toEqual({ id: { S: 'half' } });
});

test('of another run, another version or another number of segments begin anew, and their workers are out', async () => {
  await segments.layOut(binding);
  const { position } = await see(0);
  const old = await take(0);
  for (const change of [{ checksum: 's1:b' }, { run: 6 }, { run: 6, totalSegments: 2 }]) {
    const next = { ...binding, ...change };
    await segments.layOut(next);
    expect((await see(0, next)).position.scanned).toBe(0);
    expect(await segments.list(binding)).toEqual([]);
  }
  await expect(segments.save(old, binding, 0, position)).rejects.toMatchObject(leaseLost);
});

test('are taken by one of many', async () => {
  await segments.layOut(binding);
  const seen = await see(2);
  const leases = await Promise.all(Array.from({ length: 8 }, () => segments.take(binding, seen, taker)));
  const [lease, ...others] = leases.filter((one) => one !== undefined);
  expect(others).toEqual([]);
  expect((await see(2)).holder).toMatchObject({ ...someone, command: 'migrate work', token: lease?.token });
  await lease?.release();
  expect((await see(2)).holder).toBeUndefined();
});

test('can only be taken while their run lasts', async () => {
  expect(await segments.get(binding, 0)).toBeUndefined();
  await segments.layOut(binding);
  const seen = await see(0);
  await segments.layOut({ ...binding, run: 6 });
  expect(await segments.take(binding, seen, taker)).toBeUndefined();
  for (const state of await segments.listAll(binding.id)) expect(await segments.remove(binding.id, state)).toBe(true);
  expect(await segments.take({ ...binding, run: 6 }, seen, taker)).toBeUndefined();
  expect(await segments.listAll(binding.id)).toEqual([]);
});

test('a dead worker is replaced after its lease, and cannot save or store anything from then on', async () => {
  await segments.layOut(binding);
  const dead = await take(0);
  const intents = openIntents({ table });
  const slot = await intents.claim(dead, binding, 0);
  await slot.store([intent]);
  const { position } = await see(0);

  const others = new FakeClock();
  const watch = watchSegments({ clock: others });
  expect(watch.look(await see(0))).toBe('held');
  await others.advance(LEASE_MS - 1, async () => {});
  expect(watch.look(await see(0))).toBe('held');
  await others.advance(1, async () => {});
  expect(watch.look(await see(0))).toBe('dead');
  const lease = await take(0);
  expect(await (await intents.claim(lease, binding, 0)).load()).toEqual([intent]);

  await expect(slot.store([])).rejects.toMatchObject(leaseLost);
  await expect(segments.save(dead, binding, 0, at(position, 9))).rejects.toMatchObject(leaseLost);
  await segments.save(lease, binding, 0, at(position, 1));
  expect((await see(0)).position.scanned).toBe(1);
});

test('a worker that beats is not replaced, nor one that was seen before it beat', async () => {
  await segments.layOut(binding);
  await take(0);
  const seen = await see(0);
  const others = new FakeClock();
  const watch = watchSegments({ clock: others });
  watch.look(seen);
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
  await clock.advance(LEASE_MS / 3, settle);
  await others.advance(LEASE_MS, async () => {});
  const now = await see(0);
  expect(now.holder?.beat).toBeGreaterThan(seen.holder?.beat ?? 0);
  expect(watch.look(now)).toBe('held');
  expect(await segments.take(binding, seen, taker)).toBeUndefined();
});

test('tokens of a later run are higher, although the rows were deleted', async () => {
  await segments.layOut(binding);
  const zombie = await take(0);
  const slot = await openIntents({ table }).claim(zombie, binding, 0);
  for (const state of await segments.listAll(binding.id)) await segments.remove(binding.id, state);
  const next = { ...binding, run: 6 };
  await segments.layOut(next);
  const lease = await take(0, next);
  expect(lease.token).toBeGreaterThan(zombie.token);
  const mine = await openIntents({ table }).claim(lease, next, 0);
  await expect(slot.store([intent])).rejects.toMatchObject(leaseLost);
  expect(await mine.load()).toEqual([]);
});

test('a worker whose row is gone has lost its lease', async () => {
  await segments.layOut(binding);
  const lease = await take(0);
  const { position } = await see(0);
  for (const state of await segments.listAll(binding.id)) await segments.remove(binding.id, state);
  await expect(segments.save(lease, binding, 0, position)).rejects.toMatchObject(leaseLost);
});
