// Bundles what starts often: the command line, and what migrations import. A command is 200 modules, and Node takes about
// as long to find and link a module as to run it.
//
// `tsc` has filled `dist/` before: types, and a file for each module. Those stay, for bundlers, because what is put into a
// Lambda function is bundled from them, and because the cache asks them for their text. The bundles share chunks and are
// made in one go: a module that the command line and a user's config both import is one.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { licencesOf } from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = (name) => `${root}src/${name}.ts`;
const manifest = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
/** All else is bundled, which takes it out of a user's `node_modules`: yargs and cli-table3 are in the way of every command. */
const external = ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((key) =>
  Object.keys(manifest[key]),
);

/** Modules that find files of the package by `../<folder>/`, so every chunk has to be a folder deep, as they are. */
const chunkFolder = 'chunks';

/** What the command line and commands have in common: neither is to load the other for it. */
const shared = [
  'definition/define-migration',
  'definition/define-steps',
  'item/key',
  'config/cache-folder',
  'config/nearest',
  'commands/check-number',
  'version',
];

const require = createRequire(import.meta.url);

const options = {
  cwd: root,
  platform: 'node',
  tsconfig: false,
  resolve: {
    extensionAlias: { '.js': ['.ts', '.js'] },
    // Three newer versions of it would each make an `Intl.Segmenter` when they are loaded, which takes 20 ms.
    alias: { 'string-width': createRequire(require.resolve('cli-table3')).resolve('string-width') },
  },
  external: (id) => id.startsWith('node:') || external.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [
    { name: 'version', load: (id) => (id === source('version') ? versionModule : null) },
    { name: 'require-sdk', renderChunk: requireSdk },
  ],
  onLog(level, log) {
    throw new Error(`${level}: ${log.message}`);
  },
};
// The file is not where it finds package.json.
const versionModule = { code: `export const toolVersion = ${JSON.stringify(manifest.version)};\n`, moduleType: 'js' };
const output = {
  dir: `${root}dist`,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: `${chunkFolder}/[name].js`,
  sourcemap: true,
  // The source is not in the package twice; positions are what a stack trace needs.
  sourcemapExcludeSources: true,
  comments: { legal: true, annotation: true, jsdoc: false },
};

// What is in `cli` is bundled whole; its single modules would need packages that users do not have.
for (const folder of [chunkFolder, 'node', 'cli']) await rm(`${root}dist/${folder}`, { recursive: true, force: true });
const inputs = new Set();
const entries = {
  'cli/main': source('cli/main'),
  'node/index': source('index'),
  'node/testing': source('testing/index'),
  'node/testing-vitest': source('testing/vitest'),
  'node/testing-fast-check': source('testing/fast-check'),
};
await bundle(entries, {
  ...output,
  codeSplitting: {
    // Each with all that it imports, so one after the other adds what the ones before it lack.
    groups: [
      // What a migration is written with: no package, and nothing of Node.
      { name: 'shared', test: isModule(...shared), priority: 4 },
      { name: 'command-line', test: isModule('cli/run-cli'), priority: 3 },
      { name: 'session', test: isModule('commands/status'), priority: 2 },
      { name: 'package', test: isModule('index'), priority: 1 },
    ],
  },
});
// Node 20 runs the hooks in a thread of their own, the watchdog is a process.
for (const name of ['config/typescript-hooks', 'engine/dynamodb-local-watchdog']) {
  await bundle({ [name]: source(name) }, { ...output, codeSplitting: false });
}
await chmod(`${root}dist/cli/main.js`, 0o755);
await writeFile(`${root}dist/third-party-licences.txt`, await licencesOf(inputs, root));

/**
 * The SDK is CommonJS. An `import` of that has its text searched for names by a lexer, which takes as long as to run it;
 * `require` gives the same module. A line stays a line, for the source map.
 */
function requireSdk(code) {
  let define =
    'import { createRequire as sdkRequireOf } from "node:module"; const sdkRequire = sdkRequireOf(import.meta.url); ';
  const required = code.replace(/^import \{ (.+) \} from ("@aws-sdk\/[\w-]+");$/gm, (_line, names, from) => {
    const line = `${define}const { ${names.replaceAll(' as ', ': ')} } = sdkRequire(${from});`;
    define = '';
    return line;
  });
  return { code: required, map: null };
}

async function bundle(input, written) {
  const build = await rolldown({ ...options, input });
  for (const path of await build.watchFiles) inputs.add(path);
  const { output: files } = await build.write(written);
  for (const file of files) for (const id of file.moduleIds ?? []) inputs.add(id);
  await build.close();
}

function isModule(...names) {
  return (id) => names.some((name) => id === source(name));
}
