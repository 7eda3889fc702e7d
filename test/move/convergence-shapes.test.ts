import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syncRun, up, verify } from '../../src/index.js';
import type { AttributeValue, RawItem } from '../../src/item/attribute-value.js';
import { withFaults } from '../../src/testing/faults.js';
import { type EngineProxy, startProxy } from '../dynamodb/proxy.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createProject, type Project } from '../support/project.js';
import { putItems } from '../support/tables.js';
import { contentsOf, expectSame, scanAll } from './comparing.js';
import { awkwardValue, below, preference, type Random, randomFrom } from './items.js';
import { createKeyedTable, goOn, type MoveView, until, viewMove } from './live-move.js';
import { startWriters, type Writers } from './writers.js';

const id = '001-move';
const source = 'OLD';
const target = 'NEW';
const keys = Array.from({ length: 300 }, (_, index): RawItem => ({ id: { S: `item-${index}` } }));
const markerKey: RawItem = { id: { S: 'marker' } };

interface Shape {
  readonly name: string;
  /** Of the definition, as source text. */
  readonly up: string;
  readonly targetKeys: readonly string[];
  /** With `marker` as its key, an item whose first target item has `markerKey`. */
  readonly itemOf: (key: RawItem, random: Random) => RawItem;
  readonly mayBePartial: boolean;
  /** What `up` makes of an item, written down once more. */
  readonly wanted: (item: RawItem) => readonly RawItem[];
}

const isMarker = (key: RawItem) => textOf(key.id) === 'marker';

const filtered: Shape = {
  name: 'that leaves items out',
  up: `up: (items) => items.filter((item) => item.kind !== 'draft').rename('prefVal', 'preferenceValue'),`,
  targetKeys: ['id'],
  itemOf: (key, random) => ({
    ...preference(key, random),
    kind: { S: !isMarker(key) && random() < 0.4 ? 'draft' : 'final' },
  }),
  mayBePartial: true,
  wanted: ({ prefVal, ...item }) =>
    textOf(item.kind) === 'draft' ? [] : [{ ...item, ...(prefVal && { preferenceValue: prefVal }) }],
};

const rekeyed: Shape = {
  name: 'to another key, which items hand over to each other',
  up: `up: (items) => items.rekey({ partitionKey: { name: 'email', type: 'S' } }), irreversible: 'another key',`,
  targetKeys: ['email'],
  itemOf: (key, random) => ({
    ...key,
    email: {
      S: isMarker(key) || random() < 0.9 ? `${textOf(key.id)} ${below(random, 2)}` : `any ${below(random, 20)}`,
    },
    value: awkwardValue(random),
  }),
  mayBePartial: false,
  wanted: (item) => [item],
};

const split: Shape = {
  name: 'of one item to several',
  up: `up: (items) => items.split(
    ({ id, tags, value }) => tags.map((tag) => ({ id, tag, value })),
    { partitionKey: { name: 'id', type: 'S' }, sortKey: { name: 'tag', type: 'S' } },
  ), irreversible: 'several items',`,
  targetKeys: ['id', 'tag'],
  itemOf: (key, random) => ({
    ...key,
    tags: { L: ['a', 'b', 'c', 'd'].filter(() => isMarker(key) || random() < 0.5).map((S) => ({ S })) },
    value: awkwardValue(random),
  }),
  mayBePartial: false,
  wanted: ({ id: ownId = none, tags = none, value = none }) =>
    ('L' in tags ? tags.L : []).map((tag) => ({ id: ownId, tag, value })),
};

const none: AttributeValue = { NULL: true };

let server: DynamoDbLocal;
let proxy: EngineProxy;
let view: MoveView;
let project: Project | undefined;
let writers: Writers | undefined;

beforeEach(async () => {
  server = await startDynamoDbLocal();
  proxy = await startProxy(server.endpoint);
  view = viewMove(server.client, id);
  await createKeyedTable(server.client, source, { id: 'S' });
}, 120_000);

afterEach(async () => {
  await writers?.stop().catch(() => undefined);
  await project?.dispose();
  await proxy.close();
  await server.close();
  writers = undefined;
  project = undefined;
});

describe.runIf(await hasJava())('a live move', () => {
  test.each([filtered, rekeyed, split])(
    '$name converges in spite of faults',
    async (shape) => {
      const { itemOf, mayBePartial, targetKeys, wanted } = shape;
      const random = randomFrom(17);
      await putItems(
        server.client,
        source,
        keys.map((key) => itemOf(key, random)),
      );
      project = await createProject({
        endpoint: proxy.endpoint,
        environment: 'leaseSeconds: 10',
        files: {
          [`migrations/${id}.mjs`]: `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({ description: 'x', from: table('${source}'), to: table('${target}'), ${shape.up} });
`,
        },
      });
      const { intercept, counts } = withFaults({ random: randomFrom(13), share: 0.02, lateMs: 1_000 });
      proxy.intercept = intercept;
      writers = startWriters({
        client: server.client,
        tableName: source,
        keys,
        itemOf,
        mayBePartial,
        tiresAfter: 1_000,
      });
      const cwd = project.directory;
      const ended = new AbortController();
      const begun = goOn(() => up({ cwd }));
      await Promise.race([begun, until(async () => (await view.phase()) === 'backfill')]);
      // It waits for as long as `up` follows the stream itself.
      const sync = goOn(() => syncRun({ cwd, id, signal: ended.signal, lockTimeout: 600 })).catch(
        (error: unknown) => error,
      );
      expect(await begun).toMatchObject({ ok: true });
      await writers.stop();
      await removeCollisions(targetKeys, wanted);
      const item = itemOf(markerKey, randomFrom(1));
      const [first = {}] = wanted(item);
      const key = Object.fromEntries(Object.entries(first).filter(([name]) => targetKeys.includes(name)));
      await view.untilLevel({ source, item, target, key });
      ended.abort();
      await sync;

      await expectLevel();
      proxy.intercept = () => undefined;
      expect(await verify({ cwd, id })).toMatchObject({ verify: { missing: 0, extra: 0, different: 0, failed: 0 } });
      await expectLevel();
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);

      async function expectLevel(): Promise<void> {
        const found = await scanAll(server.client, target);
        const made = (await scanAll(server.client, source)).flatMap(wanted);
        expectSame(contentsOf(found, targetKeys), contentsOf(made, targetKeys));
        await view.expectNothingOpen();
      }
    },
    1_200_000,
  );
});

/** Two that want one key are a matter for a person, who here deletes all but one. */
async function removeCollisions(targetKeys: readonly string[], wanted: Shape['wanted']): Promise<void> {
  const owners = new Set<string>();
  for (const item of await scanAll(server.client, source)) {
    const made = [...contentsOf(wanted(item), targetKeys).keys()];
    if (!made.some((key) => owners.has(key))) for (const key of made) owners.add(key);
    else await server.client.send(new DeleteItemCommand({ TableName: source, Key: { id: item.id ?? none } }));
  }
}

function textOf(value: AttributeValue | undefined): string {
  return value && 'S' in value ? value.S : '';
}
