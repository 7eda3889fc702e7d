import { spawn } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateTableCommand, DescribeTableCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, finished, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';
import { compileExamples } from './compile-examples.js';
import { type CodeBlock, markdownFiles, readMarkdown, root } from './markdown.js';

const withExamples = markdownFiles().filter(({ blocks }) => blocks.some(({ language }) => language === 'ts'));

const userPreferences = `import { defineSteps } from 'dynamigrate';
export default defineSteps({
  description: 'Create USER_PREFERENCES',
  up: (ctx) =>
    ctx.tables.create({
      name: 'USER_PREFERENCES',
      partitionKey: { name: 'id', type: 'S' },
      sortKey: { name: 'preferenceType', type: 'S' },
    }),
  irreversible: 'not needed here',
});
`;

/** The block of a page that is the file at `path`. */
function blockOf(page: string, path: string): string {
  const block = readMarkdown(page).blocks.find((one) => one.path === path);
  if (!block) throw new Error(`${page} has no example ${path}`);
  return block.text;
}

/** Writes the guide's migrations with these numbers. */
async function writeGuide(project: Project, isWanted: (number: number) => boolean): Promise<void> {
  for (const { path, text } of readMarkdown('docs/authoring.md').blocks) {
    const number = /^migrations\/(\d+)-[^.]+\.ts$/.exec(path ?? '')?.[1];
    if (path !== undefined && number !== undefined && isWanted(Number(number))) await project.write(path, text);
  }
}

/** The table that the guide's last move leaves an index of behind. */
async function createMessages(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'MESSAGES',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'topic', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-topic',
          KeySchema: [{ AttributeName: 'topic', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
}

describe('the examples', () => {
  test.each(withExamples)('of $path compile', (page) => {
    expect(compileExamples(page)).toEqual([]);
  });

  test('are really compiled', () => {
    const text = "import { table } from 'dynamigrate';\ntable<{ id: string }>('USERS', { partitionKey: 'ID' });\n";
    const blocks: CodeBlock[] = [{ language: 'ts', path: undefined, text }];
    expect(compileExamples({ path: 'broken.md', text, blocks, headings: [], links: [] })).toEqual([
      expect.stringMatching(/^example-1\.ts:2: .*"ID"/),
    ]);
  });

  test('of migrations are short in the README', () => {
    expect(blockOf('README.md', 'migrations/002-full-name.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(21);
  });
});

describe('on dynalite', () => {
  let server: Dynalite;
  let project: Project;

  beforeEach(async () => {
    server = await startDynalite();
    project = await createProject({ endpoint: server.endpoint });
  });

  afterEach(async () => {
    await project.dispose();
    await server.close();
  });

  test("the README's migration goes up and down", async () => {
    const before = { id: { S: '1' }, name: { S: 'Ann' }, age: { N: '12345678901234567890123456789012345678' } };
    await createTable(server.client, 'USERS');
    await putItems(server.client, 'USERS', [before]);
    const user = async () => (await allItems(server.client, 'USERS')).get('1');
    await project.write('migrations/002-full-name.ts', blockOf('README.md', 'migrations/002-full-name.ts'));

    expect(await project.json('up')).toMatchObject({ ok: true, done: ['002-full-name'] });
    const { name, ...rest } = before;
    expect(await user()).toEqual({ ...rest, fullName: name, plan: { S: 'FREE' } });

    expect(await project.json('up')).toMatchObject({ ok: true, done: [] });
    expect(await project.json('down')).toMatchObject({ ok: true, done: ['002-full-name'] });
    expect(await user()).toEqual(before);
  });

  test("the guide's migrations run", async () => {
    for (const name of ['APP', 'DOCUMENTS']) await createTable(server.client, name);
    await project.write('migrations/001-user-preferences.ts', userPreferences);
    await putItems(server.client, 'APP', [
      { id: { S: '1' }, type: { S: 'USER' }, balance: { N: '12.5' }, name: { S: 'Ann B C' } },
      { id: { S: '2' }, type: { S: 'SHOP' }, balance: { N: '12.5' } },
    ]);
    await putItems(server.client, 'DOCUMENTS', [{ id: { S: '1' }, revision: { N: '9007199254740993' } }]);
    await writeGuide(project, (number) => number <= 5);

    const { error, done } = await project.json('up');
    expect(error).toBeNull();
    expect(done).toHaveLength(5);
    expect(await allItems(server.client, 'APP')).toEqual(
      new Map([
        [
          '1',
          { id: { S: '1' }, type: { S: 'USER' }, balance: { S: '1250 ct' }, first: { S: 'Ann' }, last: { S: 'B C' } },
        ],
        ['2', { id: { S: '2' }, type: { S: 'SHOP' }, balance: { N: '12.5' } }],
      ]),
    );
    expect((await allItems(server.client, 'DOCUMENTS')).get('1')).toMatchObject({
      nextRevision: { N: '9007199254740994' },
    });
  });

  test("the guide's moves run, up to their gates", async () => {
    const { client } = server;
    for (const name of ['USERS', 'INVOICES', 'PEOPLE']) await createTable(client, name);
    await createMessages(client);
    await project.write('migrations/001-user-preferences.ts', userPreferences);
    await project.run('up');
    const lines = [
      { M: { article: { S: 'pen' }, count: { N: '2' } } },
      { M: { article: { S: 'ink' }, count: { N: '1' } } },
    ];
    await putItems(client, 'USER_PREFERENCES', [
      { id: { S: '1' }, preferenceType: { S: 'THEME' }, prefVal: { S: 'dark' } },
    ]);
    await putItems(client, 'USERS', [
      { id: { S: '1' }, name: { S: 'Ann' }, email: { S: 'ann@x' } },
      { id: { S: '2' } },
    ]);
    await putItems(client, 'INVOICES', [{ id: { S: '1' }, lines: { L: lines } }]);
    await putItems(client, 'PEOPLE', [{ id: { S: '1' }, name: { S: 'Ann B' }, legacy: { S: 'x' } }]);
    await writeGuide(project, (number) => number >= 6);

    const { error, migrations } = await project.json('up');
    expect(error).toBeNull();
    expect(migrations.slice(1).map(({ kind, state, phase }) => `${kind} ${state} ${phase}`)).toEqual(
      Array.from({ length: 5 }, () => 'move waiting ready'),
    );
    const itemsOf = async (table: string) => [...(await allItems(client, table)).values()];
    expect(await itemsOf('USER_PREFERENCESV2')).toEqual([
      { id: { S: '1' }, preferenceType: { S: 'THEME' }, preferenceValue: { S: 'dark' }, channel: { S: 'EMAIL' } },
    ]);
    expect(await itemsOf('USERS_BY_EMAIL')).toEqual([
      { userId: { S: '1' }, name: { S: 'Ann' }, email: { S: 'ann@x' } },
    ]);
    const { Items } = await client.send(new ScanCommand({ TableName: 'INVOICE_LINES' }));
    expect(Items).toEqual([
      { id: { S: '1' }, line: { N: '0' }, article: { S: 'pen' }, count: { N: '2' } },
      { id: { S: '1' }, line: { N: '1' }, article: { S: 'ink' }, count: { N: '1' } },
    ]);
    expect(await itemsOf('PEOPLEV2')).toEqual([{ id: { S: '1' }, first: { S: 'Ann' }, last: { S: 'B' } }]);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'MESSAGESV2' }));
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(['by-channel']);
  });

  test("the guide's test of a migration passes", async () => {
    const created = await createProject();
    try {
      await created.remove('migrate.config.mjs');
      expect((await created.run('init')).code).toBe(0);
      await created.write('migrations/002-full-name.ts', blockOf('README.md', 'migrations/002-full-name.ts'));
      const name = 'migrations/002-full-name.test.ts';
      await created.write(name, blockOf('docs/authoring.md', name));
      for (const dependency of ['vitest', 'dynalite']) {
        await symlink(join(root, 'node_modules', dependency), join(created.directory, 'node_modules', dependency));
      }
      const { code, stdout, stderr } = await finished(
        spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run'], {
          cwd: created.directory,
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { PATH: process.env.PATH, HOME: created.directory, NO_COLOR: '1' },
        }),
      );
      expect(`${stdout}${stderr}`).toMatch(/Tests {2}4 passed/);
      expect(code).toBe(0);
    } finally {
      await created.dispose();
    }
  });
});
