import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/index.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';

const migration = (up: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({ description: 'x', table: table('USERS'), up: (items) => ${up}, irreversible: 'x' });
`;
const fine = migration("items.add('active', true)");
const mapped = (result: string) => migration(`items.map((item) => ${result}, { needed: (item) => !('b' in item) })`);

interface Case {
  readonly args?: readonly string[];
  readonly config?: string | undefined;
  readonly environment?: string;
  readonly migration?: string;
  readonly exitCode: number;
  readonly code: string;
  /** Part of the message. */
  readonly says: RegExp;
}

const cases: Record<string, Case> = {
  'an unknown flag': { args: ['up', '--dryrun'], exitCode: 64, code: 'USAGE', says: /did you mean `--dry-run`/ },
  'an unknown command': { args: ['upp'], exitCode: 64, code: 'USAGE', says: /did you mean/i },
  'a command by the name that other tools have': {
    args: ['rollback'],
    exitCode: 64,
    code: 'USAGE',
    says: /did you mean `down`/,
  },
  'an unknown second word': {
    args: ['sync', 'rn', 'x'],
    exitCode: 64,
    code: 'USAGE',
    says: /no command `sync rn`; did you mean `sync run`/,
  },
  'an unknown letter': { args: ['up', '-n', '1'], exitCode: 64, code: 'USAGE', says: /unknown flag `-n`$/m },
  'a part of a flag': { args: ['up', '--dry'], exitCode: 64, code: 'USAGE', says: /did you mean `--dry-run`/ },
  'a migration without its flag': { args: ['up', '002-x'], exitCode: 64, code: 'USAGE', says: /migrate up --to 002-x/ },
  'a flag without its value': { args: ['up', '--to'], exitCode: 64, code: 'USAGE', says: /`--to` needs a value/ },
  'a number that is none': {
    args: ['up', '--step', 'two'],
    exitCode: 64,
    code: 'USAGE',
    says: /`--step` is not a whole number/,
  },
  'an argument that is none of its choices': {
    args: ['iam', 'x'],
    exitCode: 64,
    code: 'USAGE',
    says: /`<role>` cannot/,
  },
  'a misspelt migration': {
    args: ['down', '--to', '002-secnd'],
    exitCode: 64,
    code: 'UNKNOWN_MIGRATION',
    says: /no migration `002-secnd`; did you mean `002-second`/,
  },
  'the number of a migration where its id belongs': {
    args: ['status', '2'],
    exitCode: 64,
    code: 'UNKNOWN_MIGRATION',
    says: /did you mean `002-second`/,
  },
  'a config that is not there': {
    args: ['up', '--config', 'other.config.ts'],
    exitCode: 64,
    code: 'CONFIG_NOT_FOUND',
    says: /other\.config\.ts/,
  },
  'a wrong type in the config': {
    environment: 'protected: "yes"',
    exitCode: 64,
    code: 'CONFIG_INVALID',
    says: /environments\.local\.protected/,
  },
  'an endpoint where nobody listens': {
    args: ['up', '--endpoint', 'http://127.0.0.1:1'],
    exitCode: 1,
    code: 'ENDPOINT_UNREACHABLE',
    says: /http:\/\/127\.0\.0\.1:1/,
  },
  'another account': {
    environment: "accountId: '123456789012'",
    exitCode: 8,
    code: 'WRONG_ACCOUNT',
    says: /123456789012/,
  },
  'a default export that is no migration': {
    migration: 'export default { up() {} };',
    exitCode: 4,
    code: 'MIGRATION_INVALID',
    says: /002-second/,
  },
  'a transform that throws': {
    migration: mapped("{ throw new TypeError('no name') }"),
    exitCode: 1,
    code: 'TRANSFORM_FAILED',
    says: /no name[\s\S]*id=1/,
  },
  'a transform that returns a promise': {
    migration: mapped('Promise.resolve(item)'),
    exitCode: 4,
    code: 'TRANSFORM_ASYNC',
    says: /promise/,
  },
  'a transform that changes a key': {
    migration: mapped("({ ...item, id: 'other', b: 1 })"),
    exitCode: 4,
    code: 'KEY_CHANGED',
    says: /`id`/,
  },
};

let server: Dynalite;

beforeAll(async () => {
  server = await startDynalite();
  await createTable(server.client, 'USERS');
  await putItems(server.client, 'USERS', [{ id: { S: '1' }, a: { S: 'x' } }]);
});
afterAll(() => server.close());

const ledger = () => openLedger({ table: openMetaTable({ client: server.client, tableName: 'dynamigrate' }) });
const world = async () => [await allItems(server.client, 'USERS'), await ledger().list()];

describe('one clear error, the exit code that it has, and nothing written', () => {
  test.each(Object.entries(cases))(
    '%s',
    async (_what, { args = ['up'], environment = '', exitCode, code, says, ...rest }) => {
      const project = await createProject({
        endpoint: server.endpoint,
        environment,
        files: { 'migrations/002-second.mjs': rest.migration ?? fine },
      });
      const before = await world();
      try {
        // One after the other: at once, the second waits for the first, and says so.
        const plain = await project.run(...args);
        const json = await project.run(...args, '--json');
        expect({ code: plain.code, stderr: plain.stderr }).toEqual({
          code: exitCode,
          stderr: expect.stringMatching(new RegExp(`^(?:environment .*\\n)?${code}: `)),
        });
        expect(plain.stderr).toMatch(says);
        expect(plain.stderr.split(/^[A-Z_]{4,}: /m)).toHaveLength(2);
        expect(json.code).toBe(exitCode);
        const report = JSON.parse(json.stdout) as Report;
        expect(report).toMatchObject({ schemaVersion: 1, ok: false, exitCode, error: { code } });
        for (const { stderr } of [plain, json]) expect(stderr).not.toMatch(/^\s+at /m);
        expect(await world()).toEqual(before);
      } finally {
        await project.dispose();
      }
    },
  );
});

test('--verbose shows where it was thrown, and what caused it', async () => {
  const project = await createProject({
    endpoint: server.endpoint,
    files: { 'migrations/002-second.mjs': mapped("{ throw new TypeError('no name') }") },
  });
  const { stderr, code } = await project.run('up', '--verbose');
  expect(code).toBe(1);
  expect(stderr).toMatch(/caused by TypeError: no name\n\s+at .*002-second\.mjs/);
  await project.dispose();
});
