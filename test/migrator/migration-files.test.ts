import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareIds } from '../../src/migrator/compare-ids.js';
import { listMigrationFiles } from '../../src/migrator/migration-files.js';

function directoryOf(...names: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'files-'));
  for (const name of names) {
    if (name.endsWith('/')) mkdirSync(join(directory, name));
    else writeFileSync(join(directory, name), '');
  }
  return directory;
}

test('takes the files that are named as migrations, by number', async () => {
  const directory = directoryOf(
    '10-c.ts',
    '9-b.mjs',
    '001_a.v2.cts',
    '20261123201500000001-z.js',
    '20261123201500000000-y.js',
  );
  const { files, problems } = await listMigrationFiles(directory);
  expect(files.map(({ id }) => id)).toEqual([
    '001_a.v2',
    '9-b',
    '10-c',
    '20261123201500000000-y',
    '20261123201500000001-z',
  ]);
  expect(files[0]).toEqual({ id: '001_a.v2', number: 1n, path: join(directory, '001_a.v2.cts') });
  expect(problems).toEqual([]);
});

test('ignores what is none', async () => {
  const names = [
    'README.md',
    'helpers.ts',
    '001-a.d.ts',
    '001-a.d.mts',
    '001-a.test.ts',
    '001-a.spec.mjs',
    '001-a.js.map',
    '002-dir.ts/',
    '003-x.json',
    'v4-x.ts',
  ];
  expect(await listMigrationFiles(directoryOf(...names))).toEqual({ files: [], problems: [] });
});

test.each(['003 add.ts', '003.ts', '003add.ts', '003-é.ts', '3-.ts'])('refuses %s', async (name) => {
  const { files, problems } = await listMigrationFiles(directoryOf(name));
  expect(files).toEqual([]);
  expect(problems).toMatchObject([{ code: 'MIGRATION_INVALID', message: expect.stringContaining(`\`${name}\``) }]);
});

test.each([
  ['2-a.ts', '002-b.ts'],
  ['002-x.ts', '002-x.js'],
  ['2_a.ts', '2-a.cjs'],
])('%s and %s share a number', async (one, other) => {
  const { files, problems } = await listMigrationFiles(directoryOf(one, other, '1-fine.ts'));
  expect(files).toHaveLength(3);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ code: 'DUPLICATE_NUMBER', exitCode: 4 });
  for (const name of [one, other]) expect(problems[0]?.message).toContain(`\`${name}\``);
});

test('a missing directory is an error of the config', async () => {
  const directory = join(directoryOf(), 'nowhere');
  await expect(listMigrationFiles(directory)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(directory),
    fix: expect.any(String),
  });
});

test('ids are ordered by number, then by name', () => {
  expect(['10-a', '9-b', '009-a', '1-z'].sort(compareIds)).toEqual(['1-z', '009-a', '9-b', '10-a']);
});
