import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

let server: Dynalite;
let project: Project;
let operations: string[];

beforeEach(async () => {
  operations = [];
  server = await startDynalite({ onRequest: (operation) => operations.push(operation) });
  project = await createProject({
    endpoint: server.endpoint,
    environment: 'prices: { readMillion: 1000, writeMillion: 10000 }',
  });
  await createTable(server.client, 'USERS');
  await putItems(server.client, 'USERS', [
    { id: { S: '1' }, name: { S: 'Ann' }, note: { S: 'x'.repeat(2000) } },
    { id: { S: '2' }, name: { S: 'Bob' } },
    { id: { S: '3' }, fullName: { S: 'Cid' } },
  ]);
  operations = [];
});
afterEach(async () => {
  await project.dispose();
  await server.close();
});

const rename = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename | <name>',
  table: table('USERS'),
  up: (items) => items.rename('name', 'fullName').add('plan', 'FREE'),
});
`;

const reads = /^(?:Scan|GetItem|Query|BatchGetItem|Describe\w+|List\w+|GetResourcePolicy)$/;

test('a plan tells items, units, money, and what stands in the way, and shows no values in a log', async () => {
  await project.write('migrations/001-name.mjs', rename);
  const { plan, next } = await project.json('plan');
  expect(plan?.blockers).toEqual([]);
  expect(plan?.migrations).toEqual([
    expect.objectContaining({
      id: '001-name',
      kind: 'in-place',
      phases: ['try', 'rewrite', 'verify'],
      tables: ['USERS'],
      operations: ['rename name → fullName, add plan'],
      irreversible: null,
      seconds: null,
      blockers: [],
    }),
  ]);
  const [planned] = plan?.migrations ?? [];
  expect(planned?.items).toMatchObject({
    total: 3,
    complete: true,
    changed: 3,
    failed: 0,
    idempotent: true,
    // The third had a fullName before, that `down` renames to a name it never had.
    roundTrip: { tried: 3, differing: 1, examples: [{ key: 'id=3' }] },
    largest: { key: 'id=1' },
  });
  expect(planned?.items?.examples.find(({ key }) => key === 'id=2')?.changes).toEqual([
    { attribute: 'name', before: 'S, 3 bytes', after: null },
    { attribute: 'fullName', before: null, after: 'S, 3 bytes' },
    { attribute: 'plan', before: null, after: 'S, 4 bytes' },
  ]);
  const rewrite = planned?.capacity.find(({ phase }) => phase === 'rewrite');
  expect(rewrite?.writeUnits).toBe(2 + 1 + 1);
  const read = planned?.capacity.reduce((sum, { readUnits }) => sum + readUnits, 0) ?? 0;
  expect(planned?.price).toEqual({ amount: (read * 1000 + 4 * 10000) / 1e6, currency: 'USD' });
  expect(next[0]?.command).toBe('migrate up');

  const { stdout } = await project.run('plan');
  expect(stdout).toContain('- name: S, 3 bytes');
  expect(stdout).not.toContain('Bob');
  expect((await project.run('plan', '--values')).stdout).toContain('- name: "Bob"');
  expect(await project.run('plan', '--exit-code')).toMatchObject({ code: 2 });
  expect(operations.filter((name) => !reads.test(name))).toEqual([]);
});

test('a comment for a pull request is Markdown alone, in which no text of a user is a mark', async () => {
  await project.write('migrations/001-name.mjs', rename);
  const { stdout } = await project.run('plan', '--markdown');
  expect(stdout).toMatch(/^### Migrations that would run in local\n/);
  expect(stdout).toContain('| ✅ 001-name | in-place | Rename \\| &lt;name&gt; | yes | 3 items');
  expect(stdout.trimEnd().endsWith('</details>')).toBe(true);
});

test('items that would fail, and keys that several items claim, bar it', async () => {
  await putItems(server.client, 'USERS', [
    { id: { S: '4' }, name: { S: 'Ann' }, fullName: { S: 'Ann' } },
    { id: { S: '5' }, name: { S: 'Ann' } },
  ]);
  await project.write('migrations/001-name.mjs', rename);
  await project.write(
    'migrations/002-by-name.mjs',
    `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'By name',
  from: table('USERS'),
  to: table('USERS_BY_NAME'),
  up: (items) => items.filter((item) => item.name !== undefined).rekey({ partitionKey: { name: 'name', type: 'S' } }),
  irreversible: 'another key',
});
`,
  );
  const { plan } = await project.json('plan');
  const [first, second] = plan?.migrations ?? [];
  expect(first?.blockers).toEqual(['1 of 5 items would fail']);
  expect(first?.items?.failures).toEqual([
    { key: 'id=4', code: 'ATTRIBUTE_COLLISION', message: expect.stringContaining('fullName') },
  ]);
  expect(second?.items).toMatchObject({
    leftOut: 1,
    collisions: [{ claimants: expect.arrayContaining(['id=1', 'id=4', 'id=5']) }],
  });
  expect(second?.blockers).toEqual([expect.stringContaining('claimed by several items')]);
  expect(second?.notes).toContain('looked at on the items as they are now, without `001-name` before it');
});

test('whatever a migration tries, nothing is written', async () => {
  await project.write(
    'migrations/001-hostile.mjs',
    `import { DeleteItemCommand, ExecuteStatementCommand, TransactWriteItemsCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { defineSteps } from 'dynamigrate';
export default defineSteps({
  description: 'x',
  async up({ client, documents, tables, step }) {
    const TableName = 'USERS';
    const quietly = (work) => work().catch(() => undefined);
    await quietly(() => client.send(new DeleteItemCommand({ TableName, Key: { id: { S: '1' } } })));
    await quietly(() => client.send(new ExecuteStatementCommand({ Statement: 'DELETE FROM "USERS" WHERE "id"=\\'1\\'' })));
    await quietly(() => client.send(new TransactWriteItemsCommand({ TransactItems: [{ Delete: { TableName, Key: { id: { S: '1' } } } }] })));
    await quietly(() => client.send(new UpdateTableCommand({ TableName, BillingMode: 'PROVISIONED' })));
    await quietly(() => documents.put({ TableName: 'dynamigrate', Item: { pk: 'lock', sk: 'lock' } }));
    await step('drop', () => tables.delete('USERS'));
    await step('more', () => documents.delete({ TableName, Key: { id: '2' } }));
  },
  irreversible: 'x',
});
`,
  );
  const before = await allItems(server.client, 'USERS');
  operations = [];
  const { plan } = await project.json('plan');
  expect(operations.filter((name) => !reads.test(name))).toEqual([]);
  expect(plan?.migrations[0]?.operations).toEqual([
    'step drop: would call DeleteTable on USERS',
    'step more: would call DeleteItem on USERS',
  ]);
  expect(await allItems(server.client, 'USERS')).toEqual(before);
  expect((await server.client.send(new ListTablesCommand({}))).TableNames).toEqual(['USERS']);
});

test('up --plan runs what was planned', async () => {
  await project.write('migrations/001-name.mjs', rename);
  expect(await project.json('plan', '--out', 'plan.json')).toMatchObject({ files: ['plan.json'] });
  expect(await readFile(join(project.directory, 'plan.json'), 'utf8')).not.toContain('Bob');
  expect(await project.json('up', '--plan', 'plan.json')).toMatchObject({ ok: true, done: ['001-name'] });
  // It was run.
  expect((await project.json('up', '--plan', 'plan.json')).error).toMatchObject({ code: 'PLAN_CHANGED' });
});

test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'a file',
    () => project.write('migrations/001-name.mjs', rename.replace('FREE', 'PRO')),
    /migrations changed: `001-name`/,
  ],
  ['one more', () => project.write('migrations/002-b.mjs', rename), /migrations changed: `002-b`/],
  ['the record', () => project.run('baseline', '001-name', '--reason', 'x'), /the record changed: `001-name`/],
  [
    'a table',
    async () => {
      const { DeleteTableCommand } = await import('@aws-sdk/client-dynamodb');
      await server.client.send(new DeleteTableCommand({ TableName: 'USERS' }));
      await createTable(server.client, 'USERS');
    },
    /tables changed: `USERS`/,
  ],
  [
    'the version',
    async () => {
      const path = join(project.directory, 'plan.json');
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace(/"tool": "[^"]+"/, '"tool": "0.0.1"'));
    },
    /the version of dynamigrate was `0.0.1`/,
  ],
])('up --plan refuses when %s changed since', async (_what, change, message) => {
  await project.write('migrations/001-name.mjs', rename);
  await project.run('plan', '--out', 'plan.json');
  await change();
  operations = [];
  const { error, exitCode } = await project.json('up', '--plan', 'plan.json');
  expect(error?.message).toMatch(message);
  expect({ code: error?.code, exitCode }).toEqual({ code: 'PLAN_CHANGED', exitCode: 8 });
  expect(operations.filter((name) => !reads.test(name))).toEqual([]);
});

test.each([['{}'], ['no JSON'], ['{"plan":{"identity":{"tool":1}}}']])('%s is no plan', async (text) => {
  await project.write('plan.json', text);
  expect((await project.json('up', '--plan', 'plan.json')).error).toMatchObject({ code: 'USAGE' });
});
