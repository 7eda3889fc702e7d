import { afterEach, beforeEach, expect, test } from 'vitest';
import { up } from '../../src/index.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { stepsFiles } from '../support/steps-files.js';

let server: Dynalite;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  project = await createProject({
    endpoint: server.endpoint,
    files: stepsFiles('001-a', '002-b', '003-c'),
  });
});
afterEach(async () => {
  await project.dispose();
  await server.close();
});

test('a run of some migrations says what is still pending, and never that nothing is', async () => {
  const notes: string[] = [];
  const run = async (options: Parameters<typeof up>[0]) => {
    notes.length = 0;
    const { done, next } = await up({
      cwd: project.directory,
      processEnv: {},
      onEvent: (event) => {
        if (event.type === 'note') notes.push(event.message);
      },
      ...options,
    });
    return { done, last: next.at(-1), notes: [...notes] };
  };
  const more = (count: number) => ({ why: `apply what is pending, ${count} more`, command: 'migrate up' });
  const write = { why: 'write the next one', command: 'migrate create <name>' };
  expect(await run({ to: '1' })).toEqual({ done: ['001-a'], last: more(2), notes: [] });
  expect(await run({ to: '1' })).toEqual({ done: [], last: more(2), notes: ['nothing is pending up to `1`'] });
  expect(await run({ step: 1 })).toEqual({ done: ['002-b'], last: more(1), notes: [] });
  expect(await run({ to: '3' })).toEqual({ done: ['003-c'], last: write, notes: [] });
  expect(await run({})).toEqual({ done: [], last: write, notes: ['nothing is pending'] });
});
