import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createFreshProject, type FreshProject } from './fresh-project.js';
import { pack } from './pack.js';

// `FRESH_PROJECTS=all` for every one, about two minutes each; a part of a name for some.
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
/** Each holds the table until it is complete, so each gets its turn and is taken back. */
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
    await migrate('init');
    for (const template of inOrder) await migrate('create', `try ${template}`, '--template', template);
    await run('npx', 'tsc', '--version');
    await run('npx', 'tsc');
    await migrate('check');
    // Of the templates, those whose tests pass through the most code; `all` runs every one.
    const tests = chosen === 'all' || process.env.FRESH_TESTS === 'all' ? [] : ['001', 'split', 'index'];
    expect(await run('npx', 'vitest', 'run', ...tests)).toMatch(/Tests {2}\d+ passed \(/);
    expect(await migrate('up')).toContain('applied');
    for (const template of moves) {
      await migrate('create', `try ${template}`, '--template', template);
      await run('npx', 'tsc');
      if (chosen === 'all') expect(await run('npx', 'vitest', 'run', template)).toMatch(/Tests {2}\d+ passed \(/);
      expect(await migrate('up')).toContain('waiting for cutover');
      await migrate('down');
      await project.removeLast();
    }
    await migrate('down', '--to', '0', '--yes');
    const { migrations } = JSON.parse((await migrate('status', '--json')).replace(/^[^{]*/, ''));
    expect(migrations.map(({ state }: { state: string }) => state)).toEqual(Array(8).fill('pending'));
  }, 600_000);
});
