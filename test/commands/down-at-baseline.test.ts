import { afterEach, beforeEach, expect, test } from 'vitest';
import { baseline, down } from '../../src/index.js';
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

test.each([undefined, '0'])('down --to %s at a baseline says where it ends, and how to go on', async (to) => {
  const notes: string[] = [];
  const options = {
    cwd: project.directory,
    processEnv: {},
    onEvent: (event: { readonly type: string; readonly message?: string }) => {
      if (event.type === 'note') notes.push(event.message ?? '');
    },
  };
  expect((await down({ ...options, to })).next).toEqual([]);
  await baseline({ ...options, id: '002-b', reason: 'x' });
  const { next, ok } = await down({ ...options, to });
  expect({ ok, next: next.map(({ command }) => command) }).toEqual({ ok: true, next: ['migrate create <name>'] });
  expect(notes).toEqual([
    'nothing is applied that could be taken back',
    expect.stringContaining('nothing is applied above the baseline `002-b`'),
  ]);
});
