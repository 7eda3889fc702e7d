import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pack, root } from './pack.js';

const run = promisify(execFile);
let archive: string;
let files: readonly string[];

beforeAll(async () => {
  archive = await pack();
  files = (await run('tar', ['-tzf', archive])).stdout
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''));
});
afterAll(() => rm(dirname(archive), { recursive: true, force: true }));

test('publint finds nothing', async () => {
  const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(archive)).buffer }, strict: true });
  expect(messages).toEqual([]);
});

test('are the types wrong? No: for every way to import an ES module', async () => {
  const attw = join(root, 'node_modules/.bin/attw');
  const { stdout } = await run(attw, [archive, '--profile', 'esm-only', '--format', 'json'], {
    cwd: root,
    maxBuffer: 1e8,
  });
  const { analysis } = JSON.parse(stdout) as {
    analysis: { problems: readonly { kind: string; resolutionKind?: string }[] };
  };
  // A CommonJS module gets the package by `require` of an ES module, which Node has since 20.19.
  expect(analysis.problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')).toEqual([]);
});

test('it has code, types and source maps, and nothing of ours', () => {
  expect(
    files.filter((name) =>
      /(?:^|\/)(?:test|bench|scripts|src|migrations|config)\/|\.test\./.test(name.replace(/^dist\/config\//, '')),
    ),
  ).toEqual([]);
  const code = files.filter((name) => name.endsWith('.js'));
  expect(code.length).toBeGreaterThan(100);
  for (const name of code) {
    // What is only a line that hands on has nothing to map.
    if (!/^dist\/(?:chunks|node)\//.test(name)) expect(files).toContain(`${name}.map`);
    if (!isBundle(name)) expect(files).toContain(name.replace(/\.js$/, '.d.ts'));
  }
});

const isBundle = (name: string) => /^dist\/(?:chunks\/|node\/|cli\/main\.js$)/.test(name);

test('its code asks for nothing that a user does not have, and the licences of what is in it are in it too', () => {
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>;
  const named = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies, dynamigrate: '' });
  const asked = new Set<string>();
  for (const name of files.filter((one) => one.endsWith('.js'))) {
    const text = readFileSync(join(root, name), 'utf8');
    const imports =
      /(?:^(?:import|export)\s[^;'"`]*?from\s*|^import\s*|\bimport\(\s*|\b(?:sdkR|r)equire\(\s*)["']([^"'.][^"']*)["']/gm;
    for (const [, from = ''] of text.matchAll(imports)) if (!isBuiltin(from)) asked.add(from);
  }
  const unknown = [...asked].filter((from) => !named.some((name) => from === name || from.startsWith(`${name}/`)));
  expect(unknown).toEqual([]);
  expect(asked).toContain('@aws-sdk/client-dynamodb');
  const licences = readFileSync(join(root, 'dist/third-party-licences.txt'), 'utf8');
  for (const name of ['yargs', 'yargs-parser', 'cliui', 'cli-table3', 'string-width'])
    expect(licences).toMatch(new RegExp(`^${name} [\\d.]+, `, 'm'));
});

test('an application that is bundled has in it what it uses, in any format', async () => {
  const contents = "import { createTableResolver } from 'dynamigrate'; console.log(createTableResolver);";
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    external: ['@aws-sdk/*'],
    // Not our source, which the paths of ours name.
    tsconfigRaw: '{}',
  });
  const used = Object.entries(metafile.outputs['stdin.js']?.inputs ?? {}).flatMap(([name, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [name] : [],
  );
  expect(used).toContain('dist/ledger/resolve-table.js');
  expect(used.filter((name) => /dist\/(?:chunks|node|migrator|config|cli)\//.test(name))).toEqual([]);
  // There is no such thing in CommonJS.
  expect(outputFiles[0]?.text).not.toContain('createRequire');
});

test('what it needs at run time stays little', () => {
  const read = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(Object.keys(read.dependencies).length).toBeLessThanOrEqual(15);
  // What only tests of users, or deployments, need is not installed unasked.
  expect(Object.keys(read.peerDependenciesMeta)).toEqual(Object.keys(read.peerDependencies));
  for (const [name, meta] of Object.entries(read.peerDependenciesMeta))
    expect([name, meta]).toEqual([name, { optional: true }]);
});
