import type { DynamoDBClient, ScanCommand, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, test } from 'vitest';
import { createPageReader } from '../../src/dynamodb/page-reader.js';
import type { RawItem } from '../../src/item/attribute-value.js';

/** A table of numbers; at most `perRequest` come at once, as where items are large, and every `every`th is selected. */
let table: { items: number; perRequest: number; every: number };
let limits: number[];
let failing: Error | undefined;
let now: number;
let roundTripMs: number;

const client = {
  async send({ input }: ScanCommand) {
    if (failing) throw failing;
    now += roundTripMs;
    const { Limit = 0, ExclusiveStartKey } = input as ScanCommandInput;
    limits.push(Limit);
    const from = ExclusiveStartKey ? Number(ExclusiveStartKey.id?.N) + 1 : 0;
    const to = Math.min(table.items, from + Math.min(Limit, table.perRequest));
    const numbers = Array.from({ length: to - from }, (_, index) => from + index);
    return {
      Items: numbers.filter((number) => number % table.every === 0).map((number) => ({ id: { N: `${number}` } })),
      ScannedCount: numbers.length,
      ConsumedCapacity: { CapacityUnits: numbers.length / 100 },
      ...(to < table.items && { LastEvaluatedKey: { id: { N: `${to - 1}` } } }),
    };
  },
} as unknown as DynamoDBClient;

beforeEach(() => {
  [table, limits, failing, now] = [{ items: 10_000, perRequest: 5_000, every: 1 }, [], undefined, 0];
  roundTripMs = 0;
});

const open = () =>
  createPageReader({ client, tableName: 'ITEMS', segment: 0, totalSegments: 1, consistent: true, now: () => now });

async function readAll(reader = open(), took = () => 0): Promise<RawItem[][]> {
  const pages: RawItem[][] = [];
  let startKey: RawItem | undefined;
  do {
    const page = await reader.read(startKey);
    pages.push([...page.items]);
    startKey = page.lastKey;
    now += took();
  } while (startKey !== undefined);
  return pages;
}

const ids = (pages: readonly RawItem[][]) => pages.flat().map(({ id }) => Number(id && 'N' in id && id.N));

test('every item once, in pages that grow while they are worked on in no time', async () => {
  const pages = await readAll();
  expect(ids(pages)).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
  expect(pages.slice(0, 6).map((page) => page.length)).toEqual([100, 100, 200, 400, 800, 1_000]);
});

test('pages grow while one takes a second, or six round trips, and stay where it takes more', async () => {
  const sizesAt = async (tookMs: number) =>
    (await readAll(open(), () => tookMs)).map((page) => page.length).slice(0, 6);
  const grown = [100, 100, 200, 400, 800, 1_000];
  const same = [100, 100, 100, 100, 100, 100];
  expect(await sizesAt(1_000)).toEqual(grown);
  expect(await sizesAt(1_100)).toEqual(same);
  roundTripMs = 600;
  expect(await sizesAt(3_600)).toEqual(grown);
  expect(await sizesAt(3_700)).toEqual(same);
  roundTripMs = 5_000;
  expect(await sizesAt(6_000)).toEqual(grown);
  expect(await sizesAt(6_100)).toEqual(same);
});

test('a request that waits for its turn is no long round trip', async () => {
  roundTripMs = 20;
  const reader = open();
  const first = await reader.read(undefined);
  roundTripMs = 3_000;
  const sizes: number[] = [];
  for (let startKey = first.lastKey; startKey !== undefined && sizes.length < 6; ) {
    now += 1_100;
    const page = await reader.read(startKey);
    startKey = page.lastKey;
    sizes.push(page.items.length);
  }
  expect(sizes).toEqual([100, 100, 100, 100, 100, 100]);
});

test('pages that take long become short again, and whole requests all the same', async () => {
  const reader = open();
  let pages = 0;
  const sizes = (await readAll(reader, () => (++pages < 6 ? 0 : 10_000))).map((page) => page.length);
  expect(sizes.slice(7, 12)).toEqual([500, 300, 200, 100, 100]);
  for (const size of sizes.slice(0, -1)) expect(size % 100).toBe(0);
});

test('what comes in small pieces, or is picked out of much, is gathered', async () => {
  table = { items: 3_000, perRequest: 40, every: 1 };
  expect((await readAll()).slice(0, -1).every((page) => page.length >= 75)).toBe(true);
  table = { items: 3_000, perRequest: 5_000, every: 10 };
  expect(ids(await readAll())).toEqual(Array.from({ length: 300 }, (_, index) => 10 * index));
  expect(limits.length).toBeGreaterThan(3);
});

test('the next page is read while one is worked on, once', async () => {
  const reader = open();
  const first = await reader.read(undefined);
  expect(limits).toHaveLength(2);
  expect((await reader.read(first.lastKey)).items[0]).toEqual({ id: { N: '100' } });
  expect(limits).toHaveLength(3);
});

test('what fails ahead of its time is thrown when it is asked for, and not before', async () => {
  const reader = open();
  const reading = reader.read(undefined);
  await Promise.resolve();
  failing = new Error('gone');
  const { lastKey } = await reading;
  await new Promise((resolve) => setImmediate(resolve));
  await expect(reader.read(lastKey)).rejects.toThrow('gone');
});
