import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createFreshProject, type FreshProject } from './fresh-project.js';
import { pack } from './pack.js';

// `FRESH_PROJECTS=all` for every one, about a minute each; a part of a name for some.
const chosen = process.env.FRESH_PROJECTS ?? 'TypeScript 6, ES modules';
const projects = [
  { name: 'TypeScript 5.9, CommonJS', typescript: '~5.9', type: 'commonjs' },
  { name: 'TypeScript 6, ES modules', typescript: '^6', type: 'module' },
  { name: 'TypeScript 6, CommonJS', typescript: '^6', type: 'commonjs' },
  { name: 'TypeScript 7, ES modules', typescript: '^7', type: 'module' },
  { name: 'TypeScript 7, CommonJS', typescript: '^7', type: 'commonjs' },
] as const;

/** In place and steps: each runs on what those before it have left. */
const inOrder = ['rename', 'add', 'convert', 'split', 'map', 'index', 'steps'] as const;
/** Each holds the table until it is complete, so each gets its turn, is taken back, and makes room for the next. */
const moves = ['move', 'rekey', 'split-table'] as const;

let archive: string;
let project: FreshProject | undefined;

beforeAll(async () => {
  archive = await pack();
});
afterAll(() => rm(dirname(archive), { recursive: true, force: true }));
afterEach(async () => project?.dispose());

describe.each(projects.filter(({ name }) => chosen === 'all' || name.includes(chosen)))('$name', (options) => {
  test('init, every template, types, check, tests, up and down, with no edit', async () => {
    project = await createFreshProject({ archive, ...options });
    const { migrate, run } = project;
    const create = (template: string) => migrate('create', `try ${template}`, '--template', template);
    await migrate('init');
    for (const template of inOrder) await create(template);
    await migrate('check');
    for (const [index, template] of moves.entries()) {
      await create(template);
      await run('npx', 'tsc');
      // With the first move, also the tests of all before.
      const tests = index === 0 ? [] : [template];
      expect(await run('npx', 'vitest', 'run', ...tests)).toMatch(/Tests {2}\d+ passed \(/);
      expect(await migrate('up')).toMatch(new RegExp(`try-${template} .* waiting for cutover`));
      await migrate('down');
      await project.remove(`try-${template}`);
    }
    await migrate('down', '--to', '0', '--yes');
    const { migrations } = JSON.parse((await migrate('status', '--json')).replace(/^[^{]*/, ''));
    expect(migrations.map(({ state }: { state: string }) => state)).toEqual(Array(8).fill('pending'));
  }, 600_000);
});
