import { afterEach, beforeEach, expect, test } from 'vitest';
import { baseline, down } from '../../src/index.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';

let server: Dynalite;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  const steps = `import { defineSteps } from 'dynamigrate';\nexport default defineSteps({ description: 'x', up: async () => {}, down: async () => {} });\n`;
  project = await createProject({
    endpoint: server.endpoint,
    files: { 'migrations/001-a.mjs': steps, 'migrations/002-b.mjs': steps, 'migrations/003-c.mjs': steps },
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
