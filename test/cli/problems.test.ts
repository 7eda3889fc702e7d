import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

const rename = (from: string, to: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: '${from} to ${to}',
  table: table('USERS'),
  up: (items) => items.rename('${from}', '${to}'),
});
`;

let server: Dynalite;
let project: Project;

beforeEach(async () => {
  server = await startDynalite();
  project = await createProject({ endpoint: server.endpoint });
  await createTable(server.client, 'USERS');
  await putItems(server.client, 'USERS', [{ id: { S: '1' }, a: { S: 'x' } }]);
});

afterEach(async () => {
  await project.dispose();
  await server.close();
});

async function expectNothingWritten(rows: readonly string[] = []): Promise<void> {
  const items = await allItems(server.client, 'USERS');
  expect([...items.values()]).toEqual([{ id: { S: '1' }, [rows.length > 0 ? 'b' : 'a']: { S: 'x' } }]);
  const { migrations } = await project.json('status');
  expect(migrations.filter(({ state }) => state !== 'pending').map(({ id }) => id)).toEqual(rows);
}

describe('before the first migration', () => {
  test('a README and helpers beside migrations are no migrations', async () => {
    await project.write('migrations/README.md', '# hello');
    await project.write('migrations/helper.ts', 'throw new Error("not to be loaded");');
    await project.write('migrations/001-a.ts', rename('a', 'b'));
    const { migrations, ok, done } = await project.json('up');
    expect(ok).toBe(true);
    expect(done).toEqual(['001-a']);
    expect(migrations.map(({ id }) => id)).toEqual(['001-a']);
  });

  test('a file that is no migration does not pass for no file', async () => {
    await project.write('migrations/001-a.ts', 'export default { up() {} };');
    const { stdout, stderr } = await project.run('status');
    expect(stdout + stderr).toContain('MIGRATION_INVALID');
    expect(stdout).not.toContain('no migrations yet');
  });

  test.each([
    ['a broken file at the end', '002-broken.ts', 'export default {{', 'MIGRATION_LOAD_FAILED'],
    ['a duplicate number', '1-again.ts', rename('b', 'c'), 'DUPLICATE_NUMBER'],
    ['a default export that is no migration', '002-x.ts', 'export default { up() {} };', 'MIGRATION_INVALID'],
  ])('%s stops everything', async (_what, name, text, code) => {
    await project.write('migrations/001-a.ts', rename('a', 'b'));
    await project.write(`migrations/${name}`, text);
    const { exitCode, error } = await project.json('up');
    expect({ exitCode, code: error?.code }).toEqual({ exitCode: 4, code });
    expect(error?.fix).toBeTruthy();
    await expectNothingWritten();
  });
});

describe('after 002 was applied', () => {
  beforeEach(async () => {
    await project.write('migrations/002-b.ts', rename('a', 'b'));
    expect((await project.run('up')).code).toBe(0);
  });

  test.each([
    ['a late older file', '001-late.ts', rename('b', 'z'), 'OUT_OF_ORDER'],
    ['an edited applied file', '002-b.ts', rename('a', 'c'), 'CHECKSUM_MISMATCH'],
  ])('%s stops up and down', async (_what, name, text, code) => {
    await project.write('migrations/003-c.ts', rename('b', 'c'));
    await project.write(`migrations/${name}`, text);
    for (const verb of ['up', 'down']) {
      const { exitCode, error } = await project.json(verb);
      expect({ exitCode, code: error?.code }).toEqual({ exitCode: 4, code });
    }
    await expectNothingWritten(['002-b']);
  });

  test('a deleted applied file stops up and down, and repair forgets it', async () => {
    await project.remove('migrations/002-b.ts');
    await project.write('migrations/003-c.ts', rename('b', 'c'));
    for (const verb of ['up', 'down']) {
      const { exitCode, error } = await project.json(verb);
      expect({ exitCode, code: error?.code }).toEqual({ exitCode: 4, code: 'MIGRATION_MISSING' });
    }
    await expectNothingWritten(['002-b']);
    expect((await project.json('repair', '002-b')).error?.code).toBe('REASON_REQUIRED');
    expect((await project.run('repair', '002-b', '--reason', 'squashed')).code).toBe(0);
    expect((await project.json('up')).done).toEqual(['003-c']);
  });

  test('repair accepts an edited file', async () => {
    await project.write('migrations/002-b.ts', rename('a', 'b').replace('a to b', 'another description'));
    expect((await project.json('up')).error?.code).toBe('CHECKSUM_MISMATCH');
    expect((await project.json('repair', '002-b', '--reason', 'typo')).done).toEqual(['002-b']);
    expect((await project.run('up')).code).toBe(0);
  });

  test('baseline lets a late older file pass', async () => {
    await project.write('migrations/001-late.ts', rename('b', 'z'));
    expect((await project.json('baseline', '001-late', '--reason', 'done by hand')).done).toEqual(['001-late']);
    const { migrations, exitCode } = await project.json('up');
    expect(exitCode).toBe(0);
    expect(migrations.map(({ id, state }) => [id, state])).toEqual([
      ['001-late', 'baseline'],
      ['002-b', 'applied'],
    ]);
  });
});
