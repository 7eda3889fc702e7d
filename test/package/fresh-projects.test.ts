import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createFreshProject, type FreshProject } from './fresh-project.js';
import { pack } from './pack.js';

// `FRESH_PROJECTS=all` for every one, about two minutes each; a part of a name for some. With it, every template's test is
// run; without it, those that pass through the most code.
const isWhole = process.env.FRESH_PROJECTS !== undefined;
const some = ['001', 'split', 'index'];
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
    const { migrate, run, bin } = project;
    const create = (template: string) => migrate('create', `try ${template}`, '--template', template);
    await run('npx', 'migrate', 'init');
    for (const template of inOrder) await create(template);
    await migrate('check');
    for (const template of moves) {
      await create(template);
      await bin('tsc');
      const tests = testsBeside(template);
      if (tests) expect(await bin('vitest', 'run', ...tests)).toMatch(/Tests {2}\d+ passed \(/);
      expect(await migrate('up')).toMatch(new RegExp(`try-${template} .* waiting for cutover`));
      await migrate('down');
      await project.remove(`try-${template}`);
    }
    await migrate('down', '--to', '0', '--yes');
    const { migrations } = JSON.parse((await migrate('status', '--json')).replace(/^[^{]*/, ''));
    expect(migrations.map(({ state }: { state: string }) => state)).toEqual(Array(8).fill('pending'));
  }, 600_000);
});

/** What to give `vitest run` once this move is there: with the first, also the tests of all before. */
function testsBeside(move: (typeof moves)[number]): readonly string[] | undefined {
  if (move === moves[0]) return isWhole ? [] : some;
  return isWhole ? [move] : undefined;
}
