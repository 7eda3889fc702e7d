import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../../src/dynamodb/client.js';
import { readItemTexts } from '../../../src/dynamodb/read-items.js';
import { scanSegment } from '../../../src/dynamodb/scan.js';
import { createTargetWriter } from '../../../src/dynamodb/target-writer.js';
import { itemTexts } from '../../../src/dynamodb/text/item-texts.js';
import { type AnyItem, isText, type RawItem } from '../../../src/item/attribute-value.js';
import { equalItems } from '../../../src/item/equal.js';
import { awkwardValues } from '../../item/awkward-values.js';
import { allItems, createTable, putItems } from '../../support/tables.js';
import { type Engine, engines } from '../engines.js';

const keyNames = { partitionKey: 'id' };
const long = { S: 'ü"\\'.repeat(20_000) };
const items: readonly RawItem[] = [
  ...Object.entries(awkwardValues).map(([name, value]): RawItem => ({ id: { S: name }, value })),
  { id: { S: 'all' }, ...awkwardValues },
  { id: { S: 'names' }, größe: long, 'a"b\\': { S: 'escaped' }, toItem: { M: { toItem: { S: 'x' } } } },
];

describe.each(engines)('$engine', ({ start }) => {
  let server: Engine;

  beforeAll(async () => {
    server = await start();
    for (const name of ['SOURCE', 'TARGET']) await createTable(server.client, name);
    await putItems(server.client, 'SOURCE', items);
  });
  afterAll(() => server.close());

  test('items that are read, compared and written as texts are what they were', async () => {
    const client = createClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      texts: itemTexts,
    });
    const scan = { client, tableName: 'SOURCE', segment: 0, totalSegments: 1, limit: 7, consistent: true } as const;
    const scanned: AnyItem[] = [];
    for await (const page of scanSegment({ ...scan, asTexts: true })) scanned.push(...page.items);
    expect(scanned).toHaveLength(items.length);
    // But for the item with an escaped name.
    expect(scanned.filter((item) => !isText(item)).length).toBe(1);
    const keys = items.map(({ id }) => ({ id })) as RawItem[];
    const again = await readItemTexts({ client, tableName: 'SOURCE', keys });
    for (const item of scanned) expect(again.filter((other) => equalItems(item, other))).toHaveLength(1);

    const write = createTargetWriter({ client, tableName: 'TARGET', keyNames });
    const changed = (item: AnyItem) =>
      isText(item) ? item.with({ added: { N: '1' } }) : { ...item, added: { N: '1' } };
    const idOf = (item: AnyItem) => ({ id: isText(item) ? item.attribute('id') : item.id }) as RawItem;
    await write(scanned.map((item) => ({ key: idOf(item), item: changed(item), owner: undefined })));
    client.destroy();

    const [source, target] = [await allItems(server.client, 'SOURCE'), await allItems(server.client, 'TARGET')];
    expect(target.size).toBe(items.length);
    for (const [id, item] of source) expect(target.get(id)).toEqual({ ...item, added: { N: '1' } });
  });
});
