import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check } from '../../src/index.js';

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'dynamigrate-'));
  await mkdir(join(cwd, 'node_modules'));
  await symlink(fileURLToPath(new URL('../..', import.meta.url)), join(cwd, 'node_modules/dynamigrate'));
  await write('package.json', '{ "type": "module" }');
  await write(
    'migrate.config.mjs',
    "export default { environments: { local: { endpoint: 'http://127.0.0.1:1' } } };\n",
  );
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(cwd, path)), { recursive: true });
  await writeFile(join(cwd, path), text);
};

const head = "import { defineMigration, defineSteps, table } from 'dynamigrate';\n";
const user = 'interface User { id: string; name?: string; createdAt: string }\n';

/** A migration in place of USERS with this chain. */
const inPlace = (chain: string, more = '') =>
  `${head}${user}export default defineMigration({
  description: 'x',
  table: table<User>('USERS', { partitionKey: 'id' }),
  up: (items) => items${chain},${more}
});
`;
const untyped = (chain: string, more = '') =>
  inPlace(chain, more).replace("table<User>('USERS', { partitionKey: 'id' })", "table('USERS')");
const createUsers = (more = '') => `${head}export default defineSteps({
  description: 'x',
  up: async (ctx) => {
    await ctx.tables.create({ name: 'USERS', partitionKey: { name: 'id', type: 'S' }, ${more} });
  },
  down: async (ctx) => ctx.tables.delete('USERS'),
});
`;
const move = (chain: string, more = '') => `${head}${user}export default defineMigration({
  description: 'x',
  from: table<User>('USERS', { partitionKey: 'id' }),
  to: table('USERS_2'),
  up: (items) => items${chain},${more}
});
`;
const lossy = "\n  irreversible: 'nobody knows'";

async function codesOf(files: Record<string, string>): Promise<string[]> {
  for (const [path, text] of Object.entries(files)) await write(`migrations/${path}`, text);
  const report = await check({ cwd, write: true, skipTypes: true });
  return (report.check?.findings ?? []).map(({ code, line }) => `${code}${line === null ? '' : `:${line}`}`);
}

describe('a planted mistake is found', () => {
  test.each<[string, Record<string, string>, string[]]>([
    ['no migration', { '001-a.ts': 'export default 1;' }, ['MIGRATION_INVALID']],
    [
      'one number twice',
      { '001-a.ts': inPlace(".add('x', 1)"), '001-b.ts': inPlace(".add('y', 1)") },
      ['DUPLICATE_NUMBER'],
    ],
    ['a clock', { '001-a.ts': inPlace(".add('at', () => Date.now())") }, ['impure:6']],
    ['random', { '001-a.ts': inPlace(".add('at', () => String(Math.random()))") }, ['impure:6']],
    [
      'a clock in a helper',
      {
        '001-a.ts': `import { at } from './helper.js';\n${inPlace(".add('at', at)")}`,
        'helper.ts': 'export const at = () => new Date().toISOString();\n',
      },
      ['impure:1'],
    ],
    [
      'an environment in a helper',
      { '001-a.ts': inPlace(".add('at', () => String(process.env.STAGE))") },
      ['impure:6'],
    ],
    ['a rename under readers', { '001-a.ts': inPlace(".rename('name', 'fullName')") }, ['rename-in-place:6']],
    ['values that are gone', { '001-a.ts': inPlace(".remove('name')", lossy) }, ['lossy-remove:6']],
    [
      'a key that another file tells of',
      { '001-a.ts': createUsers(), '002-b.ts': untyped(".set('id', '1')", lossy) },
      ['key-touched:6'],
    ],
    [
      'a key of an index',
      {
        '001-a.ts': createUsers("indexes: [{ name: 'by-name', partitionKey: { name: 'name', type: 'S' } }]"),
        '002-b.ts': inPlace(".set('name', 'x')", lossy),
      },
      ['index-key-touched:6'],
    ],
    ['a declared key', { '001-a.ts': inPlace(".set('id', 'x')", lossy) }, ['MIGRATION_INVALID']],
    [
      'a key that two items may have',
      {
        '001-a.ts': move(
          ".filter((item): item is User & { name: string } => item.name !== undefined).rekey({ partitionKey: { name: 'name', type: 'S' } })",
          lossy,
        ),
      },
      ['possible-collision:7'],
    ],
    [
      'an attribute that is set before it is renamed onto',
      { '001-a.ts': move(".add('x', 'a').rename('name', 'x')").replace('table<User>', 'table') },
      ['possible-collision:7'],
    ],
    [
      'a provisioned index of a table on demand',
      {
        '001-a.ts': createUsers(
          "indexes: [{ name: 'i', partitionKey: { name: 'n', type: 'S' }, throughput: { read: 1, write: 1 } }]",
        ),
      },
      ['index-capacity:5'],
    ],
    [
      'an index of a provisioned table without units',
      {
        '001-a.ts': createUsers('throughput: { read: 1, write: 1 }'),
        '002-b.ts': `${head}export default defineSteps({
  description: 'x',
  up: (ctx) => ctx.tables.addIndex('USERS', { name: 'i', partitionKey: { name: 'n', type: 'S' } }),
  down: (ctx) => ctx.tables.dropIndex('USERS', 'i'),
});
`,
      },
      ['index-capacity:4'],
    ],
    ['a large value', { '001-a.ts': inPlace(".add('x', 'x'.repeat(50_000))") }, ['item-size:1']],
    [
      'a conversion that is not repeatable',
      { '001-a.ts': inPlace(".convert('createdAt', { to: (at) => at + 'Z' })", lossy) },
      ['NOT_IDEMPOTENT'],
    ],
    [
      'an allowance without a reason',
      { '001-a.ts': `// migrate-allow impure\n${inPlace(".add('x', 1)")}` },
      ['allow-invalid:1'],
    ],
    [
      'an allowance of nothing',
      { '001-a.ts': `// migrate-allow pure: x\n${inPlace(".add('x', 1)")}` },
      ['allow-invalid:1'],
    ],
  ])('%s', async (_what, files, codes) => {
    expect((await codesOf(files)).sort()).toEqual(codes);
  });
});

test('the types, by the compiler of the project', async () => {
  const files = {
    '001-misspelt.ts': inPlace(".remove('nmae')", lossy),
    '003-ambient.ts': `const known: Known = 'b';\nexport const other = known;\n${inPlace(".add('x', 1)")}`,
  };
  for (const [path, text] of Object.entries(files)) await write(`migrations/${path}`, text);
  await write('tsconfig.json', '{ "compilerOptions": { "strict": true, "module": "NodeNext", "rootDir": "src" } }');
  await write('types/known.d.ts', "type Known = 'a';\n");
  await write('node_modules/typescript/package.json', '{ "version": "9.9.9", "bin": { "tsc": "./tsc.js" } }');
  const real = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  await write('node_modules/typescript/tsc.js', `require(${JSON.stringify(real)});\n`);
  const { check: checked } = await check({ cwd, write: true });
  expect(checked?.compiler).toBe('TypeScript 9.9.9 of the project');
  expect(checked?.findings.map(({ code, file, line }) => `${file}:${line} ${code}`)).toEqual([
    'migrations/001-misspelt.ts:6 type-error',
    'migrations/001-misspelt.ts:6 lossy-remove',
    'migrations/003-ambient.ts:1 type-error',
  ]);
  expect(await readdir(join(cwd, 'node_modules/.cache/dynamigrate'))).toEqual(['made']);
});

describe('the order file', () => {
  const a = inPlace(".add('x', 1)");
  const codes = async () =>
    (await check({ cwd, skipTypes: true })).check?.findings.map(({ code, migration }) => `${code} ${migration}`);

  beforeEach(async () => {
    for (const name of ['001-a.ts', '002-b.ts']) await write(`migrations/${name}`, a);
    await check({ cwd, write: true, skipTypes: true });
    expect(await codes()).toEqual([]);
  });

  test('knows a change, unless it is one of form', async () => {
    await write('migrations/002-b.ts', `// a comment\n${a}`);
    expect(await codes()).toEqual([]);
    await write('migrations/002-b.ts', a.replace("'x', 1", "'x', 2"));
    expect(await codes()).toEqual(['order-changed 002-b']);
    expect((await check({ cwd, skipTypes: true })).exitCode).toBe(4);
    expect((await check({ cwd, write: true, skipTypes: true })).check).toMatchObject({ written: true, findings: [] });
  });

  test('knows a new one, one that is gone, and one that has another number', async () => {
    await write('migrations/003-c.ts', a.replace("'x', 1", "'x', 'c'"));
    expect(await codes()).toEqual(['order-unlisted 003-c']);
    await rm(join(cwd, 'migrations/003-c.ts'));
    await rename(join(cwd, 'migrations/002-b.ts'), join(cwd, 'migrations/003-b.ts'));
    expect(await codes()).toEqual(['renumbered 003-b']);
    await rm(join(cwd, 'migrations/003-b.ts'));
    expect(await codes()).toEqual(['order-gone 002-b']);
  });

  test('knows one that came late also after it was written', async () => {
    await write('migrations/0015-late.ts', a.replace("'x', 1", "'x', 'c'"));
    await rename(join(cwd, 'migrations/002-b.ts'), join(cwd, 'migrations/020-b.ts'));
    await check({ cwd, write: true, skipTypes: true });
    expect(await codes()).toEqual([]);
    await write('migrations/0016-late.ts', a.replace("'x', 1", "'x', 'd'"));
    expect(await codes()).toEqual(['order-unlisted 0016-late', 'out-of-order 0016-late']);
    await check({ cwd, write: true, skipTypes: true });
    expect(await codes()).toEqual(['out-of-order 0016-late']);
  });

  test('with marks of a conflict is left to a person', async () => {
    const path = join(cwd, 'migrations/.order');
    const text = `${await readFile(path, 'utf8')}<<<<<<< HEAD\n003-c s1:1\n=======\n003-d s1:2\n>>>>>>> other\n`;
    await writeFile(path, text);
    expect(await codes()).toEqual(['order-conflict null']);
    await check({ cwd, write: true, skipTypes: true });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('that is missing is a warning', async () => {
    await rm(join(cwd, 'migrations/.order'));
    expect(await check({ cwd, skipTypes: true })).toMatchObject({ exitCode: 0, check: { errors: 0, warnings: 1 } });
    expect((await check({ cwd, strict: true, skipTypes: true })).exitCode).toBe(4);
  });
});

test('what a comment allows with a reason is left out, in the file that it is about', async () => {
  const allowed = (code: string, text: string) => `// migrate-allow ${code}: every release since 2.3 does\n${text}`;
  expect(
    await codesOf({
      '001-a.ts': allowed('rename-in-place', inPlace(".rename('name', 'fullName')")),
      '002-b.ts': allowed('impure', `import { at } from './helper.js';\n${inPlace(".add('at', at)")}`),
      'helper.ts': 'export const at = () => new Date().toISOString();\n',
    }),
  ).toEqual([]);
});

test.each<[string, string]>([
  ['an attribute more', inPlace(".add('x', 1)")],
  ['a value that depends on the item', inPlace(".add('x', (item) => item.name ?? item.id)")],
  ['a date of the item', inPlace(".add('x', (item) => new Date(item.createdAt).getTime() || 0)")],
  ['a copy to begin with', inPlace(".copy('name', 'fullName')")],
  ['a removal with a way back', inPlace(".remove('name')", "\n  down: (items) => items.add('name', 'unknown'),")],
  [
    'a map that says what needs it',
    inPlace(
      ".map(({ name, ...item }) => ({ ...item, first: name }), { needed: (item) => 'name' in item })",
      "\n  down: (items) => items.map(({ first, ...item }) => ({ ...item, name: first }), { needed: (item) => 'first' in item }),",
    ),
  ],
  [
    'a hash',
    `import { createHash } from 'node:crypto';\n${inPlace(".add('x', (item) => createHash('sha256').update(item.id).digest('hex'))")}`,
  ],
  ['a rename on the move', move(".rename('name', 'fullName')")],
  ['a removal on the move', move(".remove('name')", lossy)],
  [
    'another key that has the old one in it',
    move(".rekey({ partitionKey: { name: 'createdAt', type: 'S' }, sortKey: { name: 'id', type: 'S' } })", lossy),
  ],
  ['a table with an index', createUsers("indexes: [{ name: 'i', partitionKey: { name: 'n', type: 'S' } }]")],
  [
    'a provisioned one',
    createUsers(
      "throughput: { read: 1, write: 1 }, indexes: [{ name: 'i', partitionKey: { name: 'n', type: 'S' }, throughput: { read: 1, write: 1 } }]",
    ),
  ],
  [
    'steps that read the clock',
    createUsers().replace('await ctx.tables', 'ctx.log(new Date().toISOString());\n    await ctx.tables'),
  ],
])('nothing is found in %s', async (_what, text) => {
  expect(await codesOf({ '001-a.ts': text })).toEqual([]);
});
