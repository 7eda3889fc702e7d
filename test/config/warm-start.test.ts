import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished } from '../support/project.js';
import { fixtureProject } from './fixture-project.js';
import { transpileSource } from './transpile-source.js';

let root: string;
beforeAll(() => {
  root = transpileSource();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const files = {
  'lib/helper.ts': "export const helper: string = 'helped'; // kept",
  'a.ts': "import { helper } from './lib/helper.js';\nexport default ('a ' + helper) as string;",
  'b.cts': 'enum Level { Low = 1 }\nexport = { level: Level.Low };',
  'c.mts': "interface Thrown { a: 1 }\n\nthrow new Error('where is this');",
};

/** Loads each file, and takes its checksum; also tells whether TypeScript was loaded. */
const script = (directory: string) => `
  import { importModule } from ${JSON.stringify(join(root, 'dist/config/import-module.js'))};
  import { describeLoadError } from ${JSON.stringify(join(root, 'dist/config/describe-load-error.js'))};
  import { checksumOf } from ${JSON.stringify(join(root, 'dist/migrator/checksum.js'))};
  import { createRequire } from 'node:module';
  const found = [];
  for (const name of ['a.ts', 'b.cts', 'c.mts']) {
    const path = ${JSON.stringify(directory)} + '/' + name;
    try { found.push((await importModule(path)).exported); }
    catch (error) { found.push(describeLoadError(error, path, ${JSON.stringify(directory)})); }
    found.push(await checksumOf(path));
  }
  const loaded = Object.keys(createRequire(import.meta.url).cache).some((path) => /\\/(typescript|ts-node)\\//.test(path));
  console.log(JSON.stringify({ found, loaded }));`;

interface Result {
  readonly found: readonly unknown[];
  readonly loaded: boolean;
}

function load(directory: string, env: NodeJS.ProcessEnv = process.env): Result {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], {
    input: script(directory),
    encoding: 'utf8',
    env,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Result;
}

const project = (type: string) => fixtureProject({ type }, files);
const cacheOf = (directory: string) => join(directory, 'node_modules/.cache/dynamigrate/made');

test.each(['module', 'commonjs'])(
  'the second time, a %s project means the same, positions included, without TypeScript',
  (type) => {
    const directory = project(type);
    const cold = load(directory);
    expect(cold).toMatchObject({
      found: ['a helped', /s1:/, { level: 1 }, /s1:/, 'c.mts:3:7: where is this', /s1:/].map(matching),
      loaded: true,
    });
    expect(load(directory)).toEqual({ found: cold.found, loaded: false });

    writeFileSync(join(directory, 'lib/helper.ts'), "export const helper: string = 'helpee';");
    const changed = load(directory);
    expect(changed.found[0]).toBe('a helpee');
    expect(changed.found[1]).not.toBe(cold.found[1]);
    expect(changed.found.slice(2)).toEqual(cold.found.slice(2));
    rmSync(directory, { recursive: true, force: true });
  },
);

test('what one shell says to ts-node by variables is not kept for another one', () => {
  const directory = project('module');
  const odd = load(directory, {
    ...process.env,
    TS_NODE_COMPILER_OPTIONS: '{"removeComments":true,"target":"ES5","module":"CommonJS"}',
    TS_NODE_TYPE_CHECK: 'true',
  });
  const contents = (of: string) =>
    readdirSync(cacheOf(of))
      .sort()
      .map((name) => readFileSync(join(cacheOf(of), name), 'utf8'));
  const other = project('module');
  expect(load(other).found).toEqual(odd.found);
  expect(contents(other)).toEqual(contents(directory));
  for (const each of [directory, other]) rmSync(each, { recursive: true, force: true });
});

test('many processes at once, on an empty cache, all get it right, and leave nothing but entries', async () => {
  const directory = project('module');
  const children = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, ['--input-type=module'], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(script(directory));
    return finished(child);
  });
  const founds = (await Promise.all(children)).map(({ stdout }) => (JSON.parse(stdout) as Result).found);
  for (const found of founds) expect(found).toEqual(load(directory).found);
  expect(readdirSync(cacheOf(directory)).filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
  expect(load(directory).loaded).toBe(false);
  rmSync(directory, { recursive: true, force: true });
});

function matching(expected: unknown): unknown {
  return expected instanceof RegExp ? expect.stringMatching(expected) : expected;
}
