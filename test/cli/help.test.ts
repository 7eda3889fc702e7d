import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProject, type Project } from '../support/project.js';

let project: Project;

beforeEach(async () => {
  project = await createProject();
});
afterEach(() => project.dispose());

test('`migrate help up` is the help of `up`', async () => {
  expect(await project.run('help', 'up')).toEqual(await project.run('up', '--help'));
});

test.each([
  [['up'], ['Options:', 'Everywhere:']],
  [['verify'], ['Positionals:', 'Options:', 'Everywhere:']],
  [
    ['sync', 'run'],
    ['Positionals:', 'Everywhere:'],
  ],
  [['init'], ['Everywhere:']],
  [[], ['Commands:', 'Everywhere:']],
])('the help of `migrate %j` has what is its own first', async (command, groups) => {
  const { stdout } = await project.run(...command, '--help');
  expect(stdout.match(/^\w+:$/gm)).toEqual(groups);
});
