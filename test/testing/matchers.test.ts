import { afterAll, afterEach, describe, expect, test } from 'vitest';
import 'dynamigrate/testing/vitest';
import { type MigrationUnderTest, type OpenMigrationOptions, openMigration } from 'dynamigrate/testing';
import { createProject, type Project } from '../support/project.js';

const projects: Project[] = [];
const opened: MigrationUnderTest[] = [];
let count = 0;

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
afterAll(async () => {
  for (const project of projects) await project.dispose();
});

const head = "import { defineMigration, defineSteps, table } from 'dynamigrate';\n";
const inPlace = (body: string) =>
  `${head}export default defineMigration({ description: 'x', table: table('USERS', { partitionKey: 'id' }), ${body} });\n`;
const move = (body: string) =>
  `${head}export default defineMigration({ description: 'x', from: table('USERS', { partitionKey: 'id' }), to: table('USERS_V2'), ${body} });\n`;
const steps = (up: string, down = '') =>
  `${head}export default defineSteps({ description: 'x', up: async (ctx) => { ${up} }, down: async (ctx) => { ${down} } });\n`;

/** A migration of a project that has no other. */
async function open(text: string, options: OpenMigrationOptions = {}) {
  // A path of its own: a module is loaded once.
  const project = await createProject({ files: { 'migrations/001-it.mjs': text } });
  projects.push(project);
  const migration = await openMigration('001-it', { cwd: project.directory, ...options });
  opened.push(migration);
  count += 1;
  return migration;
}

/** What a matcher says that finds fault. */
async function said(failing: Promise<void>): Promise<string> {
  const error: unknown = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error) || error.name === 'MigrateError') throw new Error(`no assertion failed: ${error}`);
  return error.message;
}

const ann = { id: '1', name: 'Ann' };
const bob = { id: '2', name: 'Bob', age: 42 };
const rename = inPlace("up: (items) => items.rename('name', 'fullName')");

describe('a sound migration in place', () => {
  test('passes every matcher', async () => {
    const migration = await open(rename, { items: [ann, bob, { id: '3' }] });
    await expect(migration).toMigrate([ann, bob], [{ id: '1', fullName: 'Ann' }, { id: '2', fullName: 'Bob', age: 42 }]);
    await expect(migration).toRoundTrip();
    await expect(migration).toBeIdempotent();
    await expect(migration).toResumeAfterAnyCrash();
    await expect(migration).toConvergeUnder([
      async (table, turn) => table.update({ id: '2' }, { age: turn }),
      async (table, turn) => (turn === 5 ? table.delete({ id: '1' }) : undefined),
      async (table, turn) => (turn === 7 ? table.put({ id: '9', fullName: 'new' }) : undefined),
    ]);
  });
});

describe('toMigrate', () => {
  test('tells item by item what is wrong', async () => {
    const migration = await open(rename);
    const message = await said(
      expect(migration).toMigrate([ann, bob], [{ id: '1', fullName: 'Anne' }, { id: '3', fullName: 'Bob' }]),
    );
    expect(message).toMatchInlineSnapshot(`
      "migration \`001-it\` does not make what is expected:
        - USERS id=1: \`fullName\` is 'Ann', expected 'Anne'
        - USERS id=3 is missing
        - USERS id=2 should not be there"
    `);
  });
});
