import { extname } from 'node:path';
import { MigrateError } from '../errors.js';
import { cached } from './build-cache.js';
import { configProblems } from './config-problems.js';
import { type ConfigSchema, configSchema } from './config-schema.js';
import type { Maker } from './maker-identity.js';
import { plainText } from './plain-text.js';

const maker: Maker = {
  files: ['config-schema', 'table-name'].map(
    (name) => new URL(`../config/${name}${extname(import.meta.url)}`, import.meta.url),
  ),
  packages: ['zod'],
};

export type CheckedConfig = ConfigSchema['config']['_output'];

/**
 * What a config file exports as a config with its defaults. One that was found valid before is not checked again: zod
 * is not loaded for it.
 *
 * @throws MigrateError CONFIG_INVALID with every error there is.
 */
export function checkConfig(config: unknown, configPath: string): CheckedConfig {
  // A promise is an object to zod, and would be reported for the keys that it lacks.
  const given = config instanceof Promise ? undefined : config;
  const text = plainText(given);
  const make = () => {
    requireValid(given, config, configPath);
    return 'valid';
  };
  if (text === undefined) make();
  else cached({ path: configPath, maker, inputs: ['config', text], make });
  const valid = given as Partial<CheckedConfig> & Pick<CheckedConfig, 'environments'>;
  const { migrations = './migrations', metaTable = 'dynamigrate', environments } = valid;
  return { migrations, metaTable, environments };
}

function requireValid(given: unknown, config: unknown, configPath: string): void {
  const result = configSchema().config.safeParse(given, { reportInput: true });
  if (result.success) return;
  const problems = configProblems(result.error.issues, config);
  throw new MigrateError('CONFIG_INVALID', `\`${configPath}\` is not valid: ${problems.join('; ')}`, {
    fix: `correct ${problems.length === 1 ? 'this key' : `these ${problems.length} keys`} in \`${configPath}\``,
  });
}
