import type { BatchGetItemCommand, DynamoDBClient, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { countItems } from '../../src/dynamodb/count-items.js';
import { readItems } from '../../src/dynamodb/read-items.js';
import { type ScanOptions, type ScanPage, scanSegment } from '../../src/dynamodb/scan.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createTable, putItems } from '../support/tables.js';

const tableName = 'ITEMS';
const size = 250;

let server: Dynalite;
let client: DynamoDBClient;

beforeAll(async () => {
  server = await startDynalite();
  await createTable(server.client, tableName);
  await putItems(
    server.client,
    tableName,
    Array.from(
      { length: size },
      (_, index): RawItem => ({
        id: { S: `${index}` },
        type: { S: index % 5 === 0 ? 'USER' : 'ORDER' },
        status: { N: `${index % 2}` },
      }),
    ),
  );
});
afterAll(() => server.close());

beforeEach(() => {
  client = server.openClient();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const scan = async (options: Partial<Omit<ScanOptions, 'asTexts'>> = {}): Promise<ScanPage[]> => {
  const pages: ScanPage[] = [];
  const all = { client, tableName, segment: 0, totalSegments: 1, limit: 40, consistent: false, ...options };
  for await (const page of scanSegment(all)) pages.push(page);
  return pages;
};
const idsOf = (pages: readonly ScanPage[]) =>
  pages.flatMap(({ items }) => items.map(({ id }) => id && 'S' in id && id.S));

/** Fails the first requests of a command. */
const failFirst = (command: string, times: number, name: string) => {
  let left = times;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== command || left-- <= 0) return next(args);
        throw Object.assign(new Error(name), { name });
      },
    { step: 'initialize' },
  );
};

describe('scanSegment', () => {
  test('the segments together have every item once, in pages of the limit', async () => {
    const segments = await Promise.all([0, 1, 2].map((segment) => scan({ segment, totalSegments: 3 })));
    const ids = segments.flatMap(idsOf);
    expect(ids).toHaveLength(size);
    expect(new Set(ids).size).toBe(size);
    for (const page of segments.flat()) {
      expect(page.items.length).toBeLessThanOrEqual(40);
      expect(page.readUnits).toBeGreaterThanOrEqual(page.items.length > 0 ? 0.5 : 0);
    }
    for (const pages of segments)
      expect(pages.map(({ lastKey }) => lastKey === undefined).lastIndexOf(false)).toBe(pages.length - 2);
  });

  test('it goes on from a key', async () => {
    const pages = await scan();
    expect(idsOf(await scan({ startKey: pages[2]?.lastKey }))).toEqual(idsOf(pages.slice(3)));
  });

  test('where: only items with these values, all that were read are counted', async () => {
    const pages = await scan({ where: { type: { S: 'USER' }, status: { N: '0.0' } } });
    const ids = idsOf(pages).map(Number);
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: size / 10 }, (_, index) => 10 * index));
    expect(pages.reduce((sum, { scanned }) => sum + scanned, 0)).toBe(size);
  });

  test('the next page is asked for only when it is wanted', async () => {
    const inputs: ScanCommandInput[] = [];
    client.middlewareStack.add(
      (next) => async (args) => {
        inputs.push(args.input as ScanCommandInput);
        return next(args);
      },
      { step: 'initialize' },
    );
    const pages = scanSegment({ client, tableName, segment: 0, totalSegments: 1, limit: 10, consistent: true });
    await pages.next();
    await pages.next();
    expect(inputs).toMatchObject([{ ConsistentRead: true, Limit: 10 }, { ConsistentRead: true }]);
    await pages.return();
    expect(inputs).toHaveLength(2);
  });

  test('throttling is outlived; what cannot be mended is thrown at once', async () => {
    failFirst('ScanCommand', 2, 'ProvisionedThroughputExceededException');
    expect(idsOf(await scan())).toHaveLength(size);
    failFirst('ScanCommand', 1, 'ResourceNotFoundException');
    await expect(scan()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('countItems', () => {
  const count = (signal = new AbortController().signal, onProgress?: (counted: number) => void) =>
    countItems({ client, tableName, totalSegments: 4, consistent: true, signal, ...(onProgress && { onProgress }) });

  test('every item once', async () => {
    const progress: number[] = [];
    const { items, readUnits } = await count(undefined, (counted) => progress.push(counted));
    expect(items).toBe(size);
    expect(readUnits).toBeGreaterThan(0);
    expect(progress.at(-1)).toBe(size);
  });

  test('it stops at a signal, and outlives throttling', async () => {
    const reason = new Error('stop');
    await expect(count(AbortSignal.abort(reason))).rejects.toBe(reason);
    failFirst('ScanCommand', 2, 'ThrottlingException');
    expect((await count()).items).toBe(size);
  });
});

describe('readItems', () => {
  const keys = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index): RawItem => ({ id: { S: `${from + index}` } }));

  test('more keys than a request takes; a key without an item is left out', async () => {
    let units = 0;
    const onRead = (read: number) => {
      units += read;
    };
    const items = await readItems({ client, tableName, keys: keys(0, size + 5), onRead });
    expect(new Set(items.map(({ id }) => JSON.stringify(id))).size).toBe(size);
    expect(units).toBeGreaterThanOrEqual(size);
    expect(await readItems({ client, tableName, keys: [] })).toEqual([]);
  });

  test('keys that the service did not get to are asked for again', async () => {
    const asked: number[] = [];
    client.middlewareStack.add(
      (next) => async (args) => {
        const { Keys = [] } = (args.input as BatchGetItemCommand['input']).RequestItems?.[tableName] ?? {};
        asked.push(Keys.length);
        // Two thirds are done, as with a full response.
        const done = Math.ceil((Keys.length * 2) / 3);
        const input = { ...args.input, RequestItems: { [tableName]: { Keys: Keys.slice(0, done) } } };
        const answer = await next({ ...args, input });
        Object.assign(answer.output, { UnprocessedKeys: { [tableName]: { Keys: Keys.slice(done) } } });
        return answer;
      },
      { step: 'initialize' },
    );
    const items = await readItems({ client, tableName, keys: keys(0, 120) });
    expect(items.map(({ id }) => Number(id && 'S' in id && id.S)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 120 }, (_, index) => index),
    );
    expect(asked.slice(0, 2)).toEqual([100, 20]);
  });
});
