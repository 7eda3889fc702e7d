import { expect, test } from 'vitest';
import { defineConfig } from '../../src/config/define-config.js';
import { resolveConfig } from '../../src/config/resolve-config.js';
import { MigrateError } from '../../src/errors.js';

const configPath = '/project/migrate.config.ts';

function errorOf(work: () => unknown): MigrateError {
  try {
    work();
  } catch (error) {
    if (error instanceof MigrateError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('fills in every default', () => {
  const { tableName, ...settings } = resolveConfig({
    config: defineConfig({ environments: { local: {} } }),
    configPath,
  });
  expect(settings).toEqual({
    environment: 'local',
    migrationsDirectory: '/project/migrations',
    metaTable: 'dynamigrate',
    region: undefined,
    profile: undefined,
    endpoint: undefined,
    accountId: undefined,
    protected: false,
    leaseMs: 30_000,
    cutover: { cacheMs: 5_000, writeMs: 10_000, denyPolicy: true },
    budget: { limits: { read: undefined, write: undefined }, onDemand: { read: undefined, write: undefined } },
    backfill: 'process',
    sync: 'process',
    lambda: {},
    engine: undefined,
  });
  expect(tableName('USERS')).toBe('USERS');
});

const config = defineConfig({
  migrations: '../db',
  metaTable: 'everywhere',
  environments: {
    local: { engine: 'dynalite', path: '.data' },
    memory: { engine: 'dynalite' },
    java: { engine: 'dynamodb-local', path: '.java' },
    production: {
      region: 'eu-central-1',
      profile: 'prod',
      accountId: '012345678901',
      protected: true,
      metaTable: 'here',
      leaseSeconds: 900,
      tableName: (name) => (name === 'BAD' ? 'no spaces please' : `prod-${name}`),
    },
  },
});

test('takes what the environment says', () => {
  const settings = resolveConfig({ config, configPath, environment: 'production' });
  expect(settings).toMatchObject({
    migrationsDirectory: '/db',
    metaTable: 'here',
    leaseMs: 900_000,
    protected: true,
    accountId: '012345678901',
  });
  expect(settings.tableName('USERS')).toBe('prod-USERS');
});

test('the engine keeps its data relative to the config file', () => {
  expect(resolveConfig({ config, configPath }).engine).toEqual({ kind: 'dynalite', path: '/project/.data' });
  expect(resolveConfig({ config, configPath, environment: 'memory' }).engine).toEqual({
    kind: 'dynalite',
    path: undefined,
  });
  expect(resolveConfig({ config, configPath, environment: 'java' }).engine).toEqual({
    kind: 'dynamodb-local',
    path: '/project/.java',
  });
});

test('overrides win, and an endpoint replaces the engine', () => {
  const overrides = { endpoint: 'http://localhost:8000', region: 'r', profile: 'p' };
  expect(resolveConfig({ config, configPath, overrides })).toMatchObject({
    ...overrides,
    engine: undefined,
    metaTable: 'everywhere',
  });
});

test('an unknown environment is named with those there are', () => {
  const error = errorOf(() => resolveConfig({ config, configPath, environment: 'toString' }));
  expect(error.code).toBe('UNKNOWN_ENVIRONMENT');
  expect(error.message).toBe(
    'the config has no environment `toString`; it has `local`, `memory`, `java`, `production`',
  );
});

test('an unknown environment whose name is a part of another one is led there', () => {
  expect(errorOf(() => resolveConfig({ config, configPath, environment: 'prod' })).fix).toBe('`--env production`');
});

test('a mapped table name has to be a table name', () => {
  const { tableName } = resolveConfig({ config, configPath, environment: 'production' });
  expect(errorOf(() => tableName('BAD'))).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('`no spaces please` for table `BAD`'),
  });
});

test('gathers every error, each with its key', () => {
  const broken = {
    migratons: 'x',
    metaTable: 'a b',
    environments: {
      local: { leaseSeconds: 0, regoin: 'x', engine: 'dynalite', endpoint: 'http://x', accountId: '123456789012' },
      production: { accountId: 123, protected: 'yes', endpoint: 'nowhere', tableName: 'x', path: 'y' },
    },
  };
  const { message, code, exitCode } = errorOf(() => resolveConfig({ config: broken, configPath }));
  expect({ code, exitCode }).toEqual({ code: 'CONFIG_INVALID', exitCode: 64 });
  for (const part of [
    '`migratons` is not an option, did you mean `migrations`?',
    '`metaTable` must be 3 to 255 characters of A-Z, a-z, 0-9, `_`, `-` and `.`, found `a b`',
    '`environments.local.leaseSeconds` must be 1 to 900, found `0`',
    '`environments.local.regoin` is not an option, did you mean `region`?',
    '`environments.production.accountId` must be a string, found `123`',
    '`environments.production.protected` must be a boolean, found `yes`',
    '`environments.production.endpoint` must be an http or https URL, found `nowhere`',
    '`environments.production.tableName` must be a function from name to name',
  ]) {
    expect(message).toContain(part);
  }
});

test.each([
  [
    'endpoint',
    { engine: 'dynalite', endpoint: 'http://x:1' },
    '`environments.local.endpoint` cannot be combined with `engine`',
  ],
  ['profile', { engine: 'dynalite', profile: 'p' }, '`environments.local.profile` cannot be combined with `engine`'],
  ['accountId', { engine: 'dynalite', accountId: '123456789012' }, '`environments.local.accountId` cannot be combined'],
  ['path', { path: 'x' }, '`environments.local.path` needs `engine`'],
  ['account length', { accountId: '123' }, '`environments.local.accountId` must be 12 digits, found `123`'],
  ['lease', { leaseSeconds: 901 }, '`environments.local.leaseSeconds` must be 1 to 900, found `901`'],
  [
    'engine',
    { engine: 'sqlite' },
    "`environments.local.engine` must be 'dynalite' or 'dynamodb-local', found `sqlite`",
  ],
  ['unlike any', { zzzzzz: 1 }, '`environments.local.zzzzzz` is not an option'],
])('refuses a wrong %s', (_name, local, message) => {
  expect(errorOf(() => resolveConfig({ config: { environments: { local } }, configPath })).message).toContain(message);
});

test.each([
  [undefined, 'the default export must be an object, found nothing'],
  [null, 'found null'],
  [() => 1, 'found a value of type function'],
  [Promise.resolve({}), 'found a promise'],
  [{}, '`environments` is missing'],
  [{ environments: {} }, '`environments` must name at least one environment'],
])('refuses a config that is %o', (given, message) => {
  expect(errorOf(() => resolveConfig({ config: given, configPath })).message).toContain(message);
});

test('a budget is units a second, or a share, and each that is neither is told of', () => {
  const budget = { read: 200, write: '12.5%', onDemand: { write: 1_000 } } as const;
  const good = resolveConfig({ config: { environments: { local: { budget } } }, configPath });
  expect(good.budget).toEqual({
    limits: { read: 200, write: '12.5%' },
    onDemand: { read: undefined, write: 1_000 },
  });
  for (const [read, write] of [
    [0, '0%'],
    [-1, '101%'],
    ['25', '25 %'],
    [Number.NaN, null],
  ]) {
    const bad = { environments: { local: { budget: { read, write, onDemand: { read: '1' } } } } };
    const { code, message } = errorOf(() => resolveConfig({ config: bad, configPath }));
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain('`environments.local.budget.read` must be units a second above 0, or a share like `25%`');
    expect(message).toContain('`environments.local.budget.write` must be units');
    expect(message).toContain('`environments.local.budget.onDemand.read` must be units');
  }
});
