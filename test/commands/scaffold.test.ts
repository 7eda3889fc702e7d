import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { create, down, init, status, up } from '../../src/index.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { allItems, createTable, putItems } from '../support/tables.js';

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'dynamigrate-'));
  await mkdir(join(cwd, 'node_modules'));
  await symlink(fileURLToPath(new URL('../..', import.meta.url)), join(cwd, 'node_modules/dynamigrate'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(cwd, path)), { recursive: true });
  await writeFile(join(cwd, path), text);
};
const read = (path: string) => readFile(join(cwd, path), 'utf8');
const inMemory = "export default { environments: { local: { engine: 'dynalite' } } };\n";

describe.each([
  ['an empty folder', undefined],
  ['an ESM project', '{ "type": "module" }'],
  ['a CommonJS project', '{ "name": "x" }'],
])('init in %s', (_what, packageJson) => {
  beforeEach(async () => {
    if (packageJson !== undefined) await write('package.json', packageJson);
  });

  test('writes what runs, and nothing a second time', async () => {
    const { files, next } = await init({ cwd });
    expect(files).toEqual([
      'config/local.ts',
      'config/production.ts',
      'migrate.config.ts',
      'migrations/001-create-users.ts',
      'migrations/001-create-users.test.ts',
      'migrations/.order',
    ]);
    expect(next.map(({ command }) => command)).toContain('migrate up');
    const report = await up({ cwd, processEnv: {} });
    expect(report).toMatchObject({ ok: true, env: 'local', done: ['001-create-users'], warnings: [] });
    await expect(init({ cwd })).rejects.toMatchObject({ code: 'FILE_EXISTS', exitCode: 64 });
  });
});

test('init in a package of a monorepo, which has its type from above, and not the test runner', async () => {
  await write('package.json', '{ "type": "module", "workspaces": ["packages/*"] }');
  await mkdir(join(cwd, 'packages/shop'), { recursive: true });
  const shop = join(cwd, 'packages/shop');
  const { next } = await init({ cwd: shop });
  expect(await read('packages/shop/migrate.config.ts')).toContain("from './config/local.js'");
  expect(next[0]).toMatchObject({ command: 'npm install --save-dev vitest' });
  expect(await up({ cwd: shop, processEnv: {} })).toMatchObject({ ok: true, done: ['001-create-users'] });
});

test.each(['rename', 'add', 'convert', 'split', 'map', 'move', 'rekey'])(
  'the items of init are changed by a first `create --template %s`, and back',
  async (template) => {
    await init({ cwd });
    await up({ cwd, processEnv: {} });
    await create({ cwd, name: 'next', template });
    const { migrations } = await up({ cwd, processEnv: {} });
    expect(migrations.at(-1)).toMatchObject({ id: '002-next', progress: { changed: 2, errors: 0 } });
    expect((await down({ cwd, processEnv: {} })).done).toEqual(['002-next']);
  },
);

test.each(['config/local.ts', 'migrations/001-create-users.ts', 'migrate.config.mjs'])(
  'init beside %s writes nothing',
  async (path) => {
    await write(path, 'mine');
    await expect(init({ cwd })).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await read(path)).toBe('mine');
    const found = (await readdir(cwd, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(found.map(({ name }) => name)).toEqual([path.split('/').at(-1)]);
  },
);

describe('create', () => {
  test.each(['module', 'commonjs'])('every template loads in a project of type %s', async (type) => {
    await write('package.json', JSON.stringify({ type }));
    await write('migrate.config.mjs', inMemory);
    const written: string[] = [];
    for (const template of [undefined, 'rename', 'add', 'map', 'steps', 'move']) {
      const { files = [] } = await create({ cwd, name: `It's a "${template}"`.replace(/[^\w ]/g, ''), template });
      expect(files[1]).toBe(files[0]?.replace('.ts', '.test.ts'));
      written.push(...files.slice(0, 1));
    }
    expect(written).toEqual([
      'migrations/001-Its-a-undefined.ts',
      'migrations/002-Its-a-rename.ts',
      'migrations/003-Its-a-add.ts',
      'migrations/004-Its-a-map.ts',
      'migrations/005-Its-a-steps.ts',
      'migrations/006-Its-a-move.ts',
    ]);
    const { migrations, problems } = await status({ cwd, processEnv: {} });
    expect(problems).toEqual([]);
    expect(migrations.map(({ kind, description, reversible }) => [kind, description, reversible])).toEqual([
      ['in-place', 'Its a undefined', true],
      ['in-place', 'Its a rename', true],
      ['in-place', 'Its a add', true],
      ['in-place', 'Its a map', true],
      ['steps', 'Its a steps', true],
      ['move', 'Its a move', true],
    ]);
  });

  test.each([
    [[], '001'],
    [['001-a.ts'], '002'],
    [['0009-a.ts', 'README.md', 'helper.ts'], '0010'],
    [['9-a.ts'], '10'],
    [['099-a.ts', '100-b.mjs'], '101'],
    [['20260101120000-a.ts'], '20260101120001'],
    [['2-a.ts', '10-b.ts'], '11'],
  ])('after %o comes %s', async (names, number) => {
    await write('migrate.config.mjs', inMemory);
    for (const name of names) await write(`migrations/${name}`, '');
    const { files } = await create({ cwd, name: 'next', test: false });
    expect(files?.[0]).toBe(`migrations/${number}-next.ts`);
  });

  test('where the config says, relative to it', async () => {
    await write('db/migrate.config.mjs', inMemory.replace('default {', "default { migrations: '../changes',"));
    expect((await create({ cwd, config: 'db/migrate.config.mjs', name: 'a' })).files).toEqual([
      'changes/001-a.ts',
      'changes/001-a.test.ts',
      'changes/.order',
    ]);
  });

  test.each(['', ' ', '../up', 'a/b', '-x', 'naïve', 'x'.repeat(101)])('`%s` is no name', async (name) => {
    await write('migrate.config.mjs', inMemory);
    await expect(create({ cwd, name })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await readdir(cwd)).toEqual(expect.not.arrayContaining(['migrations']));
  });

  test('a template that there is not, and a project without a config', async () => {
    await expect(create({ cwd, name: 'a' })).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' });
    await write('migrate.config.mjs', inMemory);
    await expect(create({ cwd, name: 'a', template: 'toString' })).rejects.toMatchObject({
      code: 'USAGE',
      fix: expect.stringContaining('rename, add, convert, split, map, move, rekey, split-table, index, steps'),
    });
  });
});

describe('create --sample', () => {
  let engine: Dynalite;
  beforeEach(async () => {
    engine = await startDynalite();
    await write(
      'migrate.config.mjs',
      `export default { environments: { local: { endpoint: '${engine.endpoint}', tableName: (name) => 'dev-' + name } } };\n`,
    );
  });
  afterEach(() => engine.close());

  const sampled = { name: 'next', sample: 'THINGS' };

  test('takes names and types from the table, and no value', async () => {
    await createTable(engine.client, 'dev-THINGS');
    await putItems(engine.client, 'dev-THINGS', [
      { id: { S: 'secret 1' }, "it's `$x`": { S: 'secret 2' }, count: { N: '1' }, tags: { SS: ['secret 3'] } },
      { id: { S: 'secret 4' }, count: { S: 'secret 5' }, active: { BOOL: true } },
    ]);
    const { files = [] } = await create({ cwd, ...sampled, template: 'add', processEnv: {} });
    const [migration = '', test = ''] = await Promise.all(files.map(read));
    expect(migration).toContain("'it\\'s `$x`'?: string;");
    expect(migration).toContain('  count: number | string;\n');
    expect(migration).toContain('  tags?: Set<string>;\n');
    expect(migration).toContain('  active?: boolean;\n');
    expect(migration).toContain("table<Before, After>('THINGS', { partitionKey: 'id' })");
    expect(migration).toContain("items.add('active2', true)");
    expect(migration + test).not.toContain('secret');
    expect(await allItems(engine.client, 'dev-THINGS')).toHaveProperty('size', 2);
  });

  test('of an empty table makes attributes up, and of none writes nothing', async () => {
    await expect(create({ cwd, ...sampled, processEnv: {} })).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
    await createTable(engine.client, 'dev-THINGS');
    const { warnings } = await create({ cwd, ...sampled, processEnv: {} });
    expect(warnings).toEqual([expect.stringContaining('THINGS has no items')]);
    await expect(create({ cwd, ...sampled, template: 'x', processEnv: {} })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
