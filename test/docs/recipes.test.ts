import { spawn } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProject, finished, type Project } from '../support/project.js';
import { readMarkdown, root } from './markdown.js';

let project: Project;

beforeEach(async () => {
  project = await createProject();
  for (const dependency of ['vitest', 'dynalite']) {
    await symlink(join(root, 'node_modules', dependency), join(project.directory, 'node_modules', dependency));
  }
});
afterEach(() => project.dispose());

/** Writes every migration of a page, with its test. */
async function writePage(page: string): Promise<{ migrations: string[]; tests: string[] }> {
  const blocks = readMarkdown(page).blocks.filter(({ path }) => path?.startsWith('migrations/'));
  for (const { path = '', text } of blocks) await project.write(path, text);
  const paths = blocks.map(({ path = '' }) => path);
  const isTest = (path: string) => path.endsWith('.test.ts');
  return { migrations: paths.filter((path) => !isTest(path)), tests: paths.filter(isTest) };
}

async function runTests(): Promise<string> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const env = { PATH: process.env.PATH, HOME: project.directory, NO_COLOR: '1' };
  const child = spawn(process.execPath, [vitest, 'run'], {
    cwd: project.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  const { stdout, stderr } = await finished(child);
  return `${stdout}${stderr}`;
}

test('each recipe has a test, and it passes', async () => {
  const { migrations, tests } = await writePage('docs/recipes.md');
  expect(migrations).toHaveLength(8);
  expect(tests).toEqual(migrations.map((path) => path.replace('.ts', '.test.ts')));
  expect(await runTests()).toMatch(/Tests {2}8 passed \(8\)/);
}, 240_000);

test('writers of both names converge, and a writer of the old name alone does not, as safe-deploys says', async () => {
  await writePage('docs/safe-deploys.md');
  expect(await runTests()).toMatch(/Tests {2}1 passed \(1\)/);
  const path = 'migrations/002-copy-full-name.test.ts';
  const { text = '' } = readMarkdown('docs/safe-deploys.md').blocks.find((block) => block.path === path) ?? {};
  const oldOnly = text.replace(/, fullName: `Ann \$\{turn\}`/, '');
  expect(oldOnly).not.toBe(text);
  await project.write(path, oldOnly);
  expect(await runTests()).toMatch(/does not end as though the writers had written before it[\s\S]*`fullName` is 'Ann/);
}, 240_000);

test('a table that was migrated by hand is taken over, as adopting says', async () => {
  await writePage('docs/adopting.md');
  const [line = ''] = /npx migrate baseline .*/.exec(readMarkdown('docs/adopting.md').text) ?? [];
  const [, ...args] = line.replace('npx ', '').match(/"[^"]*"|\S+/g) ?? [];
  expect((await project.run(...args.map((arg) => arg.replaceAll('"', '')))).code).toBe(0);
  expect(await project.json('up')).toMatchObject({ done: [], migrations: [{ state: 'baseline' }] });
});
