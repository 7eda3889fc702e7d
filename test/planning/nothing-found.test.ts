import { afterEach, beforeEach, expect, test } from 'vitest';
import { planSentences } from '../../src/cli/plan-text.js';
import { down, plan, up } from '../../src/index.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { createTable, putItems } from '../support/tables.js';

let server: Dynalite;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  project = await createProject({ endpoint: server.endpoint });
  await createTable(server.client, 'USERS');
  await putItems(server.client, 'USERS', [{ id: { S: '1' }, name: { S: 'Ann' } }]);
});
afterEach(async () => {
  await project.dispose();
  await server.close();
});

test.each([
  ['nmae', true],
  ['name', false],
])('a rename of `%s`: said to find nothing: %s', async (name, isTold) => {
  const options = { cwd: project.directory, processEnv: {} };
  await project.write(
    'migrations/001-name.mjs',
    `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({ description: 'x', table: table('USERS'), up: (items) => items.rename('${name}', 'fullName') });
`,
  );
  const told = [expect.stringMatching(/^none of 1 items (?:of USERS )?.*misspelt$/)];
  const { plan: report } = await plan(options);
  const bad = report?.migrations.flatMap((one) => planSentences(one).checks).filter(({ good }) => !good);
  expect(bad?.map(({ text }) => text)).toEqual(isTold ? told : []);
  expect((await up(options)).warnings).toEqual(isTold ? told : []);
  expect((await down(options)).warnings).toEqual([]);
});
