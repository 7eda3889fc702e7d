import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';

const migration = `import { defineMigration, table } from 'dynamigrate';
interface User { id: string; a?: string }
export default defineMigration({ description: 'a is b', table: table<User>('USERS'), up: (items) => items.rename('a', 'b') });
`;

let server: Dynalite;
let project: Project;
let coverage: string;

beforeAll(async () => {
  server = await startDynalite();
  coverage = mkdtempSync(join(tmpdir(), 'coverage-'));
  project = await createProject({
    ownCache: true,
    files: {
      'migrate.config.ts': "import { local } from './config/local.js';\nexport default { environments: { local } };\n",
      'config/local.ts': `export const local = { endpoint: '${server.endpoint}' as string };\n`,
      'migrations/001-rename.ts': migration,
    },
    // Node writes down every script that ran, in all of its threads, whichever way it was loaded.
    env: { NODE_V8_COVERAGE: coverage },
  });
});
afterAll(async () => {
  await project.dispose();
  rmSync(coverage, { recursive: true, force: true });
  await server.close();
});

/** The packages that this package names as its own, and the folders of it, that a command ran code of. */
async function loadedBy(...args: string[]): Promise<{ readonly packages: string[]; readonly folders: string[] }> {
  for (const name of readdirSync(coverage)) rmSync(join(coverage, name));
  expect((await project.run(...args)).code).toBe(0);
  const urls = readdirSync(coverage).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
  const sources = urls.filter((url) => /\/dist\/.*\.js$/.test(url) && url.startsWith(ownUrl)).flatMap(sourcesOf);
  const matches = (pattern: RegExp) => new Set([...urls, ...sources].flatMap((url) => pattern.exec(url)?.[1] ?? []));
  return {
    packages: [...matches(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/)].filter(isOurs).sort(),
    folders: [...matches(/^(?:\.\.\/)+src\/(\w[\w-]*)\//)].sort(),
  };
}

const ownUrl = new URL('../../dist/', import.meta.url).href;

/** What is in a bundle, as its source map says it; one that only hands on has none. */
function sourcesOf(url: string): string[] {
  if (!existsSync(new URL(`${url}.map`))) return [];
  const { sources } = JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8')) as { sources: string[] };
  return sources;
}

const { dependencies, optionalDependencies } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as Record<'dependencies' | 'optionalDependencies', Record<string, string>>;
const isOurs = (name: string) =>
  name in dependencies || name in optionalDependencies || name === 'yargs' || name === 'cli-table3';

test.each(['--help', '--version', 'up --help'])('`migrate %s` loads what parses arguments', async (line) => {
  const { packages, folders } = await loadedBy(...line.split(' '));
  expect(packages).toEqual(['yargs']);
  expect(folders).toContain('cli');
  expect(folders).not.toContain('migrator');
});

test('`status` loads a compiler the first time, and the second time neither that nor what runs migrations', async () => {
  expect((await loadedBy('status')).packages).toEqual(expect.arrayContaining(['ts-node', 'typescript', 'zod']));

  const { packages, folders } = await loadedBy('status');
  expect(packages).toEqual(['@aws-sdk/client-dynamodb', '@aws-sdk/util-dynamodb', 'cli-table3', 'yargs']);
  const unused = ['reconcile', 'in-place', 'planning', 'engine', 'iam', 'testing'];
  expect(folders.filter((name) => unused.includes(name))).toEqual([]);
  expect((await loadedBy('status', '--json')).packages).not.toContain('cli-table3');
});
