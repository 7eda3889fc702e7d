import { basename, dirname } from 'node:path';
import { isMigrateError, MigrateError } from '../errors.js';
import { describeLoadError } from './describe-load-error.js';
import { findConfig } from './find-config.js';
import { type ImportedModule, importModule } from './import-module.js';
import { type ConfigOverrides, resolveConfig, type Settings } from './resolve-config.js';

export interface LoadConfigOptions {
  readonly cwd: string;
  /** Path of the config file, relative to `cwd`. Default: `migrate.config.*` in `cwd`. */
  readonly config?: string | undefined;
  /** Default: `local`. */
  readonly environment?: string | undefined;
  readonly overrides?: ConfigOverrides | undefined;
}

export interface LoadedConfig {
  readonly settings: Settings;
  /** Absolute path of the config file. */
  readonly configPath: string;
}

/** Finds, loads and checks the config. Throws CONFIG_NOT_FOUND, CONFIG_INVALID or UNKNOWN_ENVIRONMENT. */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const configPath = findConfig(options);
  const { environment, overrides } = options;
  const { exported } = await load(configPath);
  const settings = resolveConfig({ config: exported, configPath, environment, overrides });
  return { settings, configPath };
}

async function load(configPath: string): Promise<ImportedModule> {
  try {
    return await importModule(configPath);
  } catch (error) {
    if (isMigrateError(error)) throw error;
    const reason = describeLoadError(error, configPath, dirname(configPath));
    throw new MigrateError('CONFIG_INVALID', `\`${configPath}\` could not be loaded: ${reason}`, {
      fix: `correct \`${basename(configPath)}\``,
      cause: error,
    });
  }
}
