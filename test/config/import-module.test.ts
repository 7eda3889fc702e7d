import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixtureProject } from './fixture-project.js';
import { transpileSource } from './transpile-source.js';

let root: string;
beforeAll(() => {
  root = transpileSource();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What a plain Node process makes of the files: their default exports, or the description of what they threw. */
function load(directory: string, ...files: string[]): { values: unknown[]; stderr: string; loaded: string[] } {
  const script = `
    import { importModule } from ${JSON.stringify(join(root, 'dist/config/import-module.js'))};
    import { describeLoadError } from ${JSON.stringify(join(root, 'dist/config/describe-load-error.js'))};
    import { createRequire } from 'node:module';
    const values = [];
    for (const path of ${JSON.stringify(files.map((file) => join(directory, file)))}) {
      try { values.push((await importModule(path)).exported ?? 'nothing'); }
      catch (error) { values.push(describeLoadError(error, path, ${JSON.stringify(directory)})); }
    }
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => /(typescript|ts-node)\\/(lib|dist)\\/(typescript|index)\\.js$/.test(path));
    console.log(JSON.stringify({ values, loaded }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], {
    cwd: directory,
    input: script,
    encoding: 'utf8',
  });
  return { ...(JSON.parse(stdout || '{"values":[],"loaded":[]}') as { values: unknown[]; loaded: string[] }), stderr };
}

const helpers = {
  'lib/plain.ts': "export const plain: string = 'plain'; export enum Level { Low = 1 }",
  'lib/named.ts': "import { plain } from './plain.js'; export const named = (plain + ' named') satisfies string;",
  'lib/data.json': '{ "a": 1 }',
};
const body = `
  enum Channel { Email = 'EMAIL' }
  interface Given { channel: Channel }
  class Box { constructor(readonly value: number) {} }
  export default defineMigration({ channel: Channel.Email, plain, named, data, read: typeof readFileSync, box: new Box(2).value, EXTRA } satisfies Given & object);`;
const esm = `import { defineMigration } from 'dynamigrate';
  import { readFileSync } from 'node:fs';
  import { plain } from './lib/plain.ts';
  import { named } from './lib/named.js';
  import data from './lib/data.json' with { type: 'json' };
  const waited = await Promise.resolve(import.meta.url.startsWith('file:'));${body.replace('EXTRA', 'waited')}`;
const commonJs = `import { defineMigration } from 'dynamigrate';
  import { readFileSync } from 'node:fs';
  import { plain } from './lib/plain';
  import { named } from './lib/named.js';
  import data from './lib/data.json';
  const waited = __filename.length > 1;${body.replace('EXTRA', 'waited')}`;
const expected = {
  defined: true,
  channel: 'EMAIL',
  plain: 'plain',
  named: 'plain named',
  data: { a: 1 },
  read: 'function',
  box: 2,
  waited: true,
};

test.each<[string, object, string, string]>([
  ['.ts of an ES-module project', { type: 'module' }, 'config.ts', esm],
  ['.ts of a CommonJS project', { type: 'commonjs' }, 'config.ts', commonJs],
  ['.ts of a project without a type', {}, 'config.ts', commonJs],
  [
    '.cts of an ES-module project',
    { type: 'module' },
    'config.cts',
    'enum A { cts } export default A[0] satisfies string;',
  ],
])('loads %s, with TypeScript 7 in the project', (_name, packageJson, name, source) => {
  const { values, stderr } = load(fixtureProject(packageJson, { ...helpers, [name]: source }), name);
  expect({ values, stderr }).toEqual({ values: [name.endsWith('.cts') ? 'cts' : expected], stderr: '' });
});

test('loads .mts of a CommonJS project', () => {
  const files = {
    'a.mts': "import { b } from './b.mjs'; export default await b;",
    'b.mts': 'export enum E { A }; export const b = Promise.resolve(E[0]);',
  };
  const { values, stderr } = load(fixtureProject({}, files), 'a.mts');
  expect({ values, stderr }).toEqual({ values: ['A'], stderr: '' });
});

test('loads JavaScript without TypeScript, ts-node or a warning', () => {
  const files = {
    'a.js': 'export default 1;',
    'b.mjs': 'export default 2;',
    'c.cjs': 'module.exports = 3;',
    'd.cjs': 'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = 4;',
    'e.mjs': 'export const e = 5;',
    'f.cjs': "const { defineMigration } = require('dynamigrate'); module.exports = defineMigration({});",
  };
  const result = load(fixtureProject({}, files), ...Object.keys(files));
  expect(result).toEqual({ values: [1, 2, 3, 4, 'nothing', { defined: true }], loaded: [], stderr: '' });
});

test('TypeScript loads TypeScript', () => {
  expect(load(fixtureProject({}, { 'a.ts': 'export default 1;' }), 'a.ts').loaded).toHaveLength(2);
});

test('import() in a CommonJS .ts reaches an ES module', () => {
  const files = {
    'a.ts':
      "export default 1; export const later = import('dynamigrate').then((m) => { if (typeof m.defineMigration !== 'function') process.exit(9); });",
  };
  expect(load(fixtureProject({}, files), 'a.ts').values).toEqual([1]);
});

const syntax = 'interface A { b: string }\n\nexport default {\n  a: 1,\n  b: = 2,\n};\n';
const runtime =
  'interface A { b: string }\nfunction boom(a?: any): A {\n  return a.b.c;\n}\nexport default boom({});\n';

test.each(['module', 'commonjs'])('says where an error is, type %s', (type) => {
  const files = {
    'syntax.ts': syntax,
    'runtime.ts': runtime,
    'importer.ts': "import broken from './syntax.js';\nexport default broken;",
    'plain.mjs': syntax.replace(/^.*$/m, ''),
    'plain.cjs': syntax.replace(/^.*$/m, '').replace('export default', 'exports.a ='),
    'missing.ts': "import nothing from './nowhere.js';\nexport default nothing;",
    'thrown.mts': "throw 'a string';",
  };
  const { values } = load(fixtureProject({ type }, files), ...Object.keys(files));
  const near = 'Expression expected. near `b: = 2,`';
  expect(values).toEqual([
    `syntax.ts:5:6: ${near}`,
    "runtime.ts:3:14: Cannot read properties of undefined (reading 'c')",
    `syntax.ts:5:6: ${near}`,
    `plain.mjs:5:6: ${near}`,
    `plain.cjs:5:6: ${near}`,
    expect.stringMatching(/Cannot find module '.*nowhere.js'/),
    'a string',
  ]);
});
