import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { baseline, type CommandOptions, count, down, repair, status, unlock, up } from '../../src/index.js';
import { acquireLock } from '../../src/ledger/acquire-lock.js';
import { systemClock } from '../../src/ledger/clock.js';
import { openHistory } from '../../src/ledger/history.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, type Project } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

const rename = (from: string, to: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({ description: '${from} to ${to}', table: table('USERS'), up: (items) => items.rename('${from}', '${to}') });
`;

let server: Dynalite;
let project: Project | undefined;
let operations: string[];

beforeEach(async () => {
  operations = [];
  server = await startDynalite({ onRequest: (operation) => operations.push(operation) });
  await createTable(server.client, 'USERS');
  await putItems(server.client, 'USERS', [{ id: { S: '1' }, a: { S: 'x' } }]);
  operations = [];
});
afterEach(async () => {
  await project?.dispose();
  await server.close();
});

/** A project with three renames, in an environment with these keys. */
async function open(environment = ''): Promise<CommandOptions> {
  project = await createProject({ endpoint: server.endpoint, environment });
  await project.write('migrations/001-b.mjs', rename('a', 'b'));
  await project.write('migrations/002-c.mjs', rename('b', 'c'));
  await project.write('migrations/003-d.mjs', rename('c', 'd'));
  return { cwd: project.directory, processEnv: {} };
}
const item = async () => (await allItems(server.client, 'USERS')).get('1');
const tableNames = async () => (await server.client.send(new ListTablesCommand({}))).TableNames;
const writes = () => operations.filter((operation) => !/^(?:Describe|List|Get|BatchGet|Query|Scan)/.test(operation));

describe('status', () => {
  test('before the first run it writes nothing, and makes no table', async () => {
    const options = await open();
    const { migrations, exitCode, ok, lock } = await status(options);
    expect(migrations.map(({ id, state }) => [id, state])).toEqual([
      ['001-b', 'pending'],
      ['002-c', 'pending'],
      ['003-d', 'pending'],
    ]);
    expect({ exitCode, ok, lock }).toEqual({ exitCode: 0, ok: true, lock: null });
    expect(writes()).toEqual([]);
    expect(await tableNames()).toEqual(['USERS']);
  });

  test('the exit code tells what is the matter, if asked', async () => {
    const options = { ...(await open()), exitCode: true };
    expect((await status(options)).exitCode).toBe(2);
    await up(options);
    expect((await status(options)).exitCode).toBe(0);
    await project?.write('migrations/000-late.mjs', rename('x', 'y'));
    const { exitCode, ok, problems, migrations } = await status(options);
    expect({ exitCode, ok }).toEqual({ exitCode: 4, ok: true });
    expect(problems).toMatchObject([{ code: 'OUT_OF_ORDER', migration: '000-late' }]);
    expect(migrations[0]).toMatchObject({ id: '000-late', flags: ['out-of-order'] });
  });

  test('of one migration', async () => {
    const options = await open();
    expect((await status({ ...options, id: '002-c' })).migrations.map(({ id }) => id)).toEqual(['002-c']);
    await expect(status({ ...options, id: '002' })).rejects.toMatchObject({ code: 'UNKNOWN_MIGRATION', exitCode: 64 });
  });
});

describe('dry run', () => {
  test('of up writes nothing and makes no table', async () => {
    await up({ ...(await open()), dryRun: true });
    expect(writes()).toEqual([]);
    expect(await tableNames()).toEqual(['USERS']);
  });
});

describe('count', () => {
  test('by the names of migrations, exactly', async () => {
    const options = await open("tableName: (name) => name.replace('dev-', '')");
    await putItems(
      server.client,
      'USERS',
      Array.from({ length: 120 }, (_, index) => ({ id: { S: `n${index}` } })),
    );
    for (const consistent of [true, false]) {
      const { counts } = await count({ ...options, tables: ['dev-USERS', 'USERS'], consistent });
      expect(counts?.map(({ table, items }) => [table, items])).toEqual([
        ['USERS', 121],
        ['USERS', 121],
      ]);
    }
    await expect(count({ ...options, tables: ['ORDERS'] })).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' });
    await expect(count({ ...options, tables: [] })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('baseline', () => {
  test('what comes first is done, and never run nor taken back', async () => {
    const options = await open();
    await putItems(server.client, 'USERS', [{ id: { S: '1' }, c: { S: 'x' } }]);
    expect((await baseline({ ...options, id: '002-c', reason: 'by hand' })).done).toEqual(['001-b', '002-c']);
    expect(await item()).toEqual({ id: { S: '1' }, c: { S: 'x' } });
    expect((await up(options)).done).toEqual(['003-d']);
    expect(await item()).toEqual({ id: { S: '1' }, d: { S: 'x' } });
    expect((await down({ ...options, to: '0' })).done).toEqual(['003-d']);
    expect((await down(options)).done).toEqual([]);
    expect((await baseline({ ...options, id: '002-c', reason: 'again' })).done).toEqual([]);
  });

  test('the reason is kept, and has to be given; the migration has to be there', async () => {
    const options = await open();
    for (const reason of [undefined, ' ']) {
      await expect(baseline({ ...options, id: '001-b', reason })).rejects.toMatchObject({ code: 'REASON_REQUIRED' });
    }
    await expect(baseline({ ...options, id: '009-x', reason: 'x' })).rejects.toMatchObject({
      code: 'UNKNOWN_MIGRATION',
    });
    expect(await tableNames()).toEqual(['USERS']);
    await baseline({ ...options, id: '001-b', reason: 'by hand' });
    const history = openHistory({ table: openMetaTable({ client: server.client, tableName: 'dynamigrate' }) });
    expect(await history.list()).toMatchObject([{ action: 'baseline', id: '001-b', reason: 'by hand' }]);
  });
});

describe('unlock', () => {
  test('frees the lock of a dead process at once, and keeps the reason', async () => {
    const options = await open();
    const table = openMetaTable({ client: server.client, tableName: 'dynamigrate' });
    await table.ensure();
    // It says nothing more from now on, as a process that was killed.
    const clock = { ...systemClock, sleep: () => new Promise<void>(() => {}) };
    const actor = { host: 'ci-7', pid: 42, user: 'ci' };
    await acquireLock({ table, actor, command: 'migrate up', leaseMs: 3_000, timeoutMs: 0, clock });
    await expect(up({ ...options, lockTimeout: 0 })).rejects.toMatchObject({ code: 'LOCK_HELD', exitCode: 3 });
    expect((await status(options)).lock).toMatchObject({ host: 'ci-7', pid: 42, command: 'migrate up' });
    await expect(unlock(options)).rejects.toMatchObject({ code: 'REASON_REQUIRED' });
    expect((await unlock({ ...options, reason: 'the job was killed' })).warnings).toEqual([]);
    expect((await status(options)).lock).toBeNull();
    expect((await unlock({ ...options, reason: 'once more' })).warnings).toEqual(['the lock was free']);
    expect((await up({ ...options, lockTimeout: 0 })).done).toHaveLength(3);
    expect(await openHistory({ table }).list()).toContainEqual(
      expect.objectContaining({ action: 'unlock', reason: 'the job was killed' }),
    );
  });
});

test('unlock leaves the lock to a holder that lives', async () => {
  const options = await open();
  const table = openMetaTable({ client: server.client, tableName: 'dynamigrate' });
  await table.ensure();
  const actor = { host: 'ci-7', pid: 42, user: 'ci' };
  const lease = await acquireLock({ table, actor, command: 'migrate up', leaseMs: 3_000, timeoutMs: 0 });
  await expect(unlock({ ...options, reason: 'it looks dead' })).rejects.toMatchObject({ code: 'LOCK_HELD' });
  lease.assertHeld();
  await lease.release();
});

describe('a protected environment', () => {
  const verbs = (options: CommandOptions) => [
    up(options),
    down(options),
    baseline({ ...options, id: '002-c', reason: 'x' }),
    repair({ ...options, id: '001-b', reason: 'x' }),
    unlock({ ...options, reason: 'x' }),
  ];

  test('is not written without consent', async () => {
    const options = await open('protected: true');
    await up({ ...options, yes: true, step: 1 });
    operations = [];
    const questions: string[] = [];
    const confirm = async (question: string) => {
      questions.push(question);
      return false;
    };
    for (const asked of [options, { ...options, confirm }]) {
      for (const result of await Promise.allSettled(verbs(asked))) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'PROTECTED_ENVIRONMENT', exitCode: 8 } });
      }
    }
    expect(questions).toHaveLength(5);
    for (const question of questions) expect(question).toContain('`local`');
    expect(writes()).toEqual([]);
    expect(await item()).toHaveProperty('b');
  });

  test('is read without asking', async () => {
    const options = await open('protected: true');
    expect((await status(options)).ok).toBe(true);
    expect((await count({ ...options, tables: ['USERS'] })).counts).toMatchObject([{ items: 1 }]);
    expect((await up({ ...options, dryRun: true })).ok).toBe(true);
  });

  test('is written after a yes', async () => {
    const options = await open('protected: true');
    expect((await up({ ...options, confirm: async () => true })).done).toHaveLength(3);
  });
});

describe('the account', () => {
  test('another one than the config says stops every write', async () => {
    const options = await open("accountId: '123456789012'");
    await expect(up({ ...options, yes: true })).rejects.toMatchObject({ code: 'WRONG_ACCOUNT', exitCode: 8 });
    await expect(baseline({ ...options, id: '001-b', reason: 'x' })).rejects.toMatchObject({
      code: 'WRONG_ACCOUNT',
      message: expect.stringMatching(/123456789012.*000000000000/),
    });
    expect(writes()).toEqual([]);
    expect(await tableNames()).toEqual(['USERS']);
  });

  test('the right one is no obstacle', async () => {
    const options = await open("accountId: '000000000000'");
    expect((await up(options)).done).toHaveLength(3);
    expect((await status(options)).account).toBe('000000000000');
  });
});
