import { afterAll, beforeAll, expect, test } from 'vitest';
import { down, status, up } from '../../src/index.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';

const nothing = `import { defineSteps } from 'dynamigrate';
export default defineSteps({ description: 'x', up: async () => {}, down: async () => { await new Promise((r) => setTimeout(r, 100)); } });
`;

let server: Dynalite;
let project: Project;

beforeAll(async () => {
  server = await startDynalite();
  const files = { 'migrations/001-a.mjs': nothing, 'migrations/002-b.mjs': nothing, 'migrations/003-c.mjs': nothing };
  project = await createProject({ endpoint: server.endpoint, files });
});

afterAll(async () => {
  await project.dispose();
  await server.close();
});

test('two down at once take back the one migration that both were asked for', async () => {
  const options = { cwd: project.directory, processEnv: {} };
  await up(options);
  const reports = await Promise.all([down(options), down(options)]);
  expect(reports.flatMap(({ done }) => done)).toEqual(['003-c']);
  const { migrations } = await status(options);
  expect(migrations.map(({ state }) => state)).toEqual(['applied', 'applied', 'pending']);
});
