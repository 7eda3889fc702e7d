import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, finished, type Project } from '../support/project.js';

let server: Dynalite;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  project = await createProject({ endpoint: server.endpoint });
});

afterEach(async () => {
  await project.dispose();
  await server.close();
});

const steps = (up: string, before = '') => `import { defineSteps } from 'dynamigrate';
${before}
export default defineSteps({ description: 'x', irreversible: 'x', up: async (ctx) => { ${up} } });
`;
const create = (name: string) => `ctx.tables.create({ name: '${name}', partitionKey: { name: 'id', type: 'S' } })`;

test.each([
  ['a step that is not awaited', steps(`ctx.step('a', () => ${create('AAA')});`), 'MIGRATION_INVALID'],
  [
    'steps that run at once',
    steps(`await Promise.all([ctx.step('a', () => ${create('AAA')}), ctx.step('b', () => ${create('BBB')})]);`),
    'MIGRATION_INVALID',
  ],
  [
    'a promise that rejects unobserved',
    steps(`Promise.reject(new Error('stray')); await ctx.step('a', () => new Promise((r) => setTimeout(r, 50)));`),
    'MIGRATION_FAILED',
  ],
  [
    'an error class of the user that is called like ours',
    steps(`throw Object.assign(new Error('mine'), { name: 'MigrateError' });`),
    'MIGRATION_FAILED',
  ],
  [
    'a change of the meta table',
    steps(`await ctx.step('a', () => ctx.tables.delete('dynamigrate'));`),
    'MIGRATION_INVALID',
  ],
])('%s fails the migration, and frees the lock', async (_what, text, code) => {
  await project.write('migrations/001-x.mjs', text);
  const report = await project.json('up');
  expect(report).toMatchObject({ ok: false, error: { code, migration: '001-x' }, lock: null });
  expect(report.exitCode).toBeGreaterThan(0);
  expect(report.migrations).toMatchObject([{ state: 'failed' }]);
});

test('a step that fails and is caught does not stand in the way of the next', async () => {
  await project.write(
    'migrations/001-x.mjs',
    steps(`try { await ctx.step('a', () => { throw new Error('x'); }); } catch {} await ctx.step('b', () => {});`),
  );
  expect((await project.json('up')).done).toEqual(['001-x']);
});

test.each([
  ['in a step', steps(`await ctx.step('a', () => process.exit(0));`)],
  ['as it is loaded', steps('', 'process.exit(0);')],
])('a migration that ends the process %s does not look like success', async (_where, text) => {
  await project.write('migrations/001-x.mjs', text);
  const { code, stderr } = await project.run('up');
  expect(code).toBe(1);
  expect(stderr).toContain('the process was ended before the command was');
});

test('a reader that goes away does not end a migration', async () => {
  await project.write(
    'migrations/001-x.mjs',
    steps(`await ctx.step('a', () => new Promise((r) => setTimeout(r, 500))); ctx.log('done');`),
  );
  const child = project.start('up');
  child.stdout?.destroy();
  child.stderr?.destroy();
  expect((await finished(child)).code).toBe(0);
  expect((await project.json('status')).migrations).toMatchObject([{ state: 'applied' }]);
});

test('environments that name their tables otherwise do not share a record', async () => {
  await project.write(
    'migrate.config.mjs',
    `const at = { endpoint: '${server.endpoint}' };
export default { environments: {
  local: { ...at, tableName: (name) => 'a-' + name },
  other: { ...at, tableName: (name) => 'b-' + name },
  own: { ...at, tableName: (name) => 'b-' + name, metaTable: 'dynamigrate-b' },
} };`,
  );
  await project.write('migrations/001-x.mjs', steps(`await ctx.step('a', () => ${create('AAA')});`));
  expect((await project.json('up')).done).toEqual(['001-x']);
  for (const verb of ['up', 'status', 'down']) {
    expect(await project.json(verb, '--env', 'other')).toMatchObject({
      exitCode: 64,
      error: { code: 'CONFIG_INVALID' },
    });
  }
  expect((await project.json('up', '--env', 'own')).done).toEqual(['001-x']);
});
