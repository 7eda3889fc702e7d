import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadMigrations } from '../../src/migrator/load-migrations.js';
import { fixtureProject } from '../config/fixture-project.js';

const isDefinition = (value: unknown): value is { defined: true } =>
  typeof value === 'object' && value !== null && 'defined' in value;
const fine = 'module.exports = { defined: true };';

const load = (files: Record<string, string>) => loadMigrations({ directory: fixtureProject({}, files), isDefinition });

test('loads every file in order, with its checksum', async () => {
  const { migrations, problems } = await load({
    '10-b.cjs': fine,
    '2-a.cjs': fine,
    'helper.cjs': 'throw 1',
  });
  expect(migrations).toEqual([
    {
      id: '2-a',
      path: expect.stringMatching(/2-a\.cjs$/),
      definition: { defined: true },
      checksum: expect.stringMatching(/^s1:/),
      codeChecksum: migrations[0]?.checksum,
    },
    expect.objectContaining({ id: '10-b' }),
  ]);
  expect(problems).toEqual([]);
});

test('loads TypeScript', async () => {
  const { migrations, problems } = await load({ '1-a.cts': 'enum A { B }\nexport default { defined: true, a: A.B };' });
  expect(problems).toEqual([]);
  expect(migrations[0]?.definition).toEqual({ defined: true, a: 0 });
});

test('goes on after each broken file', async () => {
  const { migrations, problems } = await load({
    '1-syntax.cts': '\nexport default { a: = 1 };',
    '2-throws.cjs': "throw new Error('boom');",
    '3-invalid.cjs':
      "throw Object.assign(new Error('no `up`'), { [Symbol.for('dynamigrate.error')]: true, code: 'MIGRATION_INVALID', fix: 'write one' });",
    '4-fine.cjs': fine,
    '5-a.cjs': fine,
    '5-b.cjs': fine,
  });
  expect(migrations.map(({ id }) => id)).toEqual(['4-fine', '5-a', '5-b']);
  expect(problems.map(({ code, migration }) => [code, migration])).toEqual([
    ['DUPLICATE_NUMBER', '5-b'],
    ['MIGRATION_LOAD_FAILED', '1-syntax'],
    ['MIGRATION_LOAD_FAILED', '2-throws'],
    ['MIGRATION_INVALID', '3-invalid'],
  ]);
  expect(problems[1]?.message).toBe(
    '`1-syntax.cts` could not be loaded: 1-syntax.cts:2:21: Expression expected. near `export default { a: = 1 };`',
  );
  expect(problems[2]).toMatchObject({
    message: expect.stringContaining('2-throws.cjs:1:7: boom'),
    cause: { message: 'boom' },
  });
  expect(problems[3]).toMatchObject({ message: 'no `up`', fix: 'write one' });
});

test.each([
  ['export const up = 1;', 'it has no default export'],
  ['export default () => 1;', 'its default export is a function'],
  ['export default class A {}', 'its default export is a class'],
  ['export default Promise.resolve(1);', 'its default export is a promise'],
  ['export default { up: 1, down: 2 };', 'its default export is a plain object with `up`, `down`'],
  ['export default {};', 'its default export is an empty object'],
  ['export default [];', 'its default export is an array'],
  ['export default null;', 'its default export is null'],
  ["export default 'x';", 'its default export is a string'],
])('says what was found in %s', async (source, found) => {
  const { migrations, problems } = await load({ '1-a.mjs': source });
  expect(migrations).toEqual([]);
  expect(problems[0]).toMatchObject({
    code: 'MIGRATION_INVALID',
    migration: '1-a',
    fix: expect.stringContaining('defineMigration'),
  });
  expect(problems[0]?.message).toBe(`\`1-a.mjs\` does not export a migration: ${found}`);
});

test('a missing directory is thrown', async () => {
  const directory = join(fixtureProject({}, {}), 'nowhere');
  await expect(loadMigrations({ directory, isDefinition })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
