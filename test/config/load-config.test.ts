import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { fixtureProject } from './fixture-project.js';

const source = 'export default { environments: { local: {}, other: { region: "x" } } };';

test('finds, loads and checks the config of the working directory', async () => {
  const cwd = fixtureProject({}, { 'migrate.config.mjs': source });
  const { settings, configPath } = await loadConfig({ cwd, environment: 'other' });
  expect(configPath).toBe(join(cwd, 'migrate.config.mjs'));
  expect(settings).toMatchObject({ environment: 'other', region: 'x', migrationsDirectory: join(cwd, 'migrations') });
});

test('prefers TypeScript to what was compiled from it', async () => {
  const cwd = fixtureProject(
    {},
    {
      'migrate.config.js': 'throw new Error("stale")',
      'migrate.config.cts': 'export default { environments: { local: {} } };',
    },
  );
  await expect(loadConfig({ cwd })).resolves.toMatchObject({ configPath: join(cwd, 'migrate.config.cts') });
});

test('takes the file that was named', async () => {
  const cwd = fixtureProject({}, { 'etc/here.mjs': source });
  await expect(loadConfig({ cwd, config: 'etc/here.mjs' })).resolves.toMatchObject({
    configPath: join(cwd, 'etc/here.mjs'),
  });
  await expect(loadConfig({ cwd, config: 'etc' })).rejects.toMatchObject({
    code: 'CONFIG_NOT_FOUND',
    message: expect.stringContaining(join(cwd, 'etc')),
  });
});

test('does not look in parent folders', async () => {
  const cwd = fixtureProject({}, { 'migrate.config.mjs': source });
  const error = {
    code: 'CONFIG_NOT_FOUND',
    exitCode: 64,
    message: expect.stringContaining(join(cwd, 'lib')),
    fix: `if that one is meant: \`--config ${join('..', 'migrate.config.mjs')}\`; else run \`migrate init\``,
  };
  await expect(loadConfig({ cwd: join(cwd, 'lib') })).rejects.toMatchObject(error);
});

test('an error of the module keeps its cause and says where it was', async () => {
  const cwd = fixtureProject({}, { 'migrate.config.cjs': "\n\nthrow new Error('no region');" });
  await expect(loadConfig({ cwd })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/could not be loaded: migrate\.config\.cjs:3:7: no region$/),
    cause: expect.objectContaining({ message: 'no region' }),
  });
});
