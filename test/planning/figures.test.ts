import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CapacityPlan, plan, up } from '../../src/index.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type EngineProxy, serviceError, startProxy } from '../dynamodb/proxy.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { putItems } from '../support/tables.js';

/**
 * Against Amazon's own engine, which tells what its indexes consume, of all but PartiQL: that is refused here, so that
 * items are written one by one. `PLAN_ITEMS=100000` is the measure; the sample stays the default one.
 */
const items = Number(process.env.PLAN_ITEMS ?? 1_500);
const timeout = 1_800_000;

const head = "import { defineMigration, table } from 'dynamigrate';\n";
const inPlace = `${head}export default defineMigration({
  description: 'x',
  table: table('THINGS'),
  up: (items) => items.rename('b', 'c').add('state', (item) => String(item.kind).repeat(20)),
});
`;
const move = `${head}export default defineMigration({
  description: 'x',
  from: table('OTHERS'),
  to: table('OTHERS_2'),
  up: (items) => items.rename('rest', 'remainder').filter((item) => item.kind !== 'k0'),
  irreversible: 'a measure',
});
`;

/** Mixed sizes: most items are small, one of fifty has 40 KB. Some are in no index, some in one. */
function itemOf(index: number): RawItem {
  const size = index % 50 === 0 ? 40_000 : index % 7 === 0 ? 3_000 : 150 + ((index * 37) % 900);
  return {
    id: { S: `item-${index}` },
    kind: { S: `k${index % 10}` },
    ...(index % 3 !== 0 && { a: { S: `a-${index % 100}` } }),
    ...(index % 4 !== 0 && { b: { S: `b-${index}` } }),
    number: { N: `${index}.5` },
    rest: { S: 'x'.repeat(size) },
  };
}

describe.runIf(await hasJava())('what `plan` says is what `up` consumes', () => {
  let server: DynamoDbLocal;
  let proxy: EngineProxy;
  let cwd: string;

  beforeAll(async () => {
    server = await startDynamoDbLocal();
    proxy = await startProxy(server.endpoint, ({ operation }) =>
      /Statement$/.test(operation) ? serviceError('UnknownOperationException') : undefined,
    );
    cwd = await mkdtemp(join(tmpdir(), 'dynamigrate-'));
    await mkdir(join(cwd, 'node_modules'));
    for (const folder of ['moves', 'rewrites']) await mkdir(join(cwd, folder));
    await symlink(fileURLToPath(new URL('../..', import.meta.url)), join(cwd, 'node_modules/dynamigrate'));
    await writeFile(join(cwd, 'package.json'), '{ "type": "module" }');
    // Two projects, and two tables: the stream of a move makes this engine slow.
    for (const folder of ['moves', 'rewrites']) {
      const environments = `{ local: { endpoint: '${proxy.endpoint}' } }`;
      const config = `{ migrations: './${folder}', metaTable: 'meta-${folder}', environments: ${environments} }`;
      await writeFile(join(cwd, `${folder}.config.mjs`), `export default ${config};\n`);
    }
    const key = (name: string) => [{ AttributeName: name, KeyType: 'HASH' as const }];
    for (const name of ['THINGS', 'OTHERS']) {
      await server.client.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: key('id'),
          AttributeDefinitions: ['id', 'a', 'b'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          GlobalSecondaryIndexes: [
            { IndexName: 'by-a', KeySchema: key('a'), Projection: { ProjectionType: 'ALL' } },
            {
              IndexName: 'by-b',
              KeySchema: key('b'),
              Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['number'] },
            },
          ],
        }),
      );
      await putItems(
        server.client,
        name,
        Array.from({ length: items }, (_, index) => itemOf(index)),
      );
    }
  }, timeout);

  afterAll(async () => {
    await rm(cwd, { recursive: true, force: true });
    await proxy.close();
    await server.close();
  });

  async function figures(folder: string, name: string, text: string, phases: readonly CapacityPlan['phase'][]) {
    await writeFile(join(cwd, folder, `${name}.mjs`), text);
    const options = { cwd, config: `${folder}.config.mjs`, processEnv: {} };
    const planned = (await plan(options)).plan?.migrations.at(-1);
    const { migrations } = await up(options);
    const capacity = planned?.capacity.filter(({ phase }) => phases.includes(phase)) ?? [];
    const sum = (of: 'readUnits' | 'writeUnits') => capacity.reduce((total, one) => total + one[of], 0);
    const consumed = migrations.find(({ id }) => id === name)?.consumed;
    const result = {
      read: [sum('readUnits'), consumed?.readUnits ?? 0],
      write: [sum('writeUnits'), consumed?.writeUnits ?? 0],
    } as const;
    if (process.env.PLAN_ITEMS) console.log(name, JSON.stringify({ sampled: planned?.items?.sampled, ...result }));
    return { planned, ...result };
  }

  const off = ([planned, real]: readonly [number, number]) => Math.abs(planned - real) / real;

  test(
    'in place: rewrite and verify, with indexes',
    async () => {
      const { planned, read, write } = await figures('rewrites', '001-in-place', inPlace, ['rewrite', 'verify']);
      expect(
        planned?.capacity
          .find(({ phase }) => phase === 'rewrite')
          ?.indexes.map(({ name }) => name)
          .sort(),
      ).toEqual(['by-a', 'by-b']);
      expect(off(read)).toBeLessThan(0.05);
      expect(off(write)).toBeLessThan(0.05);
    },
    timeout,
  );

  test(
    'a move: backfill, with indexes',
    async () => {
      const { planned, read, write } = await figures('moves', '001-move', move, ['backfill']);
      expect(planned?.items).toMatchObject({ total: items, failed: 0 });
      expect(off(read)).toBeLessThan(0.05);
      expect(off(write)).toBeLessThan(0.05);
    },
    timeout,
  );
});
