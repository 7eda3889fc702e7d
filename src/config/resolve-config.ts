import { dirname, resolve } from 'node:path';
import { MigrateError } from '../errors.js';
import { type CheckedConfig, checkConfig } from './check-config.js';
import type { CutoverConfig, LambdaConfig, LimitConfig } from './define-config.js';
import { nearest } from './nearest.js';
import { tableNamePattern, tableNameRule } from './table-name.js';

/** The config of one environment, checked and with every default filled in. */
export interface Settings {
  /** Name of the environment. */
  readonly environment: string;
  /** Absolute path. */
  readonly migrationsDirectory: string;
  /** Literal name of the meta table. */
  readonly metaTable: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly endpoint: string | undefined;
  readonly accountId: string | undefined;
  readonly protected: boolean;
  /** The real name of a table; throws CONFIG_INVALID where the config's function gives no valid name. */
  readonly tableName: (name: string) => string;
  readonly leaseMs: number;
  /** Who copies the items of a move. */
  readonly backfill: 'process' | 'step-functions';
  /** How the cutover of a move holds writes back. */
  readonly cutover: { readonly cacheMs: number; readonly writeMs: number; readonly denyPolicy: boolean };
  /** Who keeps the tables of a move level between two commands. */
  readonly sync: 'process' | 'template' | 'deploy';
  readonly lambda: LambdaSettings;
  /** What request units cost, if it is said. */
  readonly prices:
    | { readonly readMillion: number; readonly writeMillion: number; readonly currency: string }
    | undefined;
  /** What migrations may use of each table; without a limit, `undefined`. */
  readonly budget: {
    readonly limits: { readonly read: LimitConfig | undefined; readonly write: LimitConfig | undefined };
    readonly onDemand: { readonly read: number | undefined; readonly write: number | undefined };
  };
  /** The embedded engine to start; `path` is absolute, or undefined for in memory. */
  readonly engine: { readonly kind: 'dynalite' | 'dynamodb-local'; readonly path: string | undefined } | undefined;
}

/** How the live sync is deployed as a Lambda function. */
export type LambdaSettings = { readonly [K in keyof LambdaConfig]: LambdaConfig[K] | undefined };

/** What flags and environment variables put over the config. */
export interface ConfigOverrides {
  /** Replaces an `engine` too. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly leaseSeconds?: number | undefined;
}

export interface ResolveConfigOptions {
  /** What the config file exports, whatever that is. */
  readonly config: unknown;
  /** Absolute path of the config file; relative paths start there. */
  readonly configPath: string;
  /** Default: `local`. */
  readonly environment?: string | undefined;
  readonly overrides?: ConfigOverrides | undefined;
}

/**
 * The settings of one environment. Throws CONFIG_INVALID with every error there is, each with its key, or
 * UNKNOWN_ENVIRONMENT.
 */
export function resolveConfig(options: ResolveConfigOptions): Settings {
  const { configPath, environment: name = 'local', overrides = {} } = options;
  const config = checkConfig(options.config, configPath);
  const environment = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
  if (!environment) throw unknownEnvironment(name, Object.keys(config.environments));
  const directory = dirname(configPath);
  return {
    environment: name,
    migrationsDirectory: resolve(directory, config.migrations),
    metaTable: environment.metaTable ?? config.metaTable,
    region: overrides.region ?? environment.region,
    profile: overrides.profile ?? environment.profile,
    endpoint: overrides.endpoint ?? environment.endpoint,
    accountId: environment.accountId,
    protected: environment.protected ?? false,
    tableName: checkedTableName(environment.tableName, `environments.${name}.tableName`),
    backfill: environment.backfill ?? 'process',
    leaseMs: (overrides.leaseSeconds ?? environment.leaseSeconds ?? 30) * 1000,
    cutover: cutoverOf(environment.cutover),
    sync: environment.sync ?? 'process',
    lambda: { ...environment.lambda },
    prices: environment.prices && { ...environment.prices, currency: environment.prices.currency ?? 'USD' },
    budget: budgetOf(environment.budget),
    engine:
      environment.engine && overrides.endpoint === undefined
        ? { kind: environment.engine, path: environment.path && resolve(directory, environment.path) }
        : undefined,
  };
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

function cutoverOf({
  cacheSeconds = 5,
  writeSeconds = 10,
  denyPolicy = true,
}: Loose<CutoverConfig> = {}): Settings['cutover'] {
  return { cacheMs: cacheSeconds * 1000, writeMs: writeSeconds * 1000, denyPolicy };
}

function budgetOf({
  read,
  write,
  onDemand = {},
}: NonNullable<CheckedConfig['environments'][string]['budget']> = {}): Settings['budget'] {
  return {
    limits: { read, write },
    onDemand: { read: onDemand.read, write: onDemand.write },
  };
}

function unknownEnvironment(name: string, names: readonly string[]): MigrateError {
  const list = names.map((each) => `\`${each}\``).join(', ');
  return new MigrateError('UNKNOWN_ENVIRONMENT', `the config has no environment \`${name}\`; it has ${list}`, {
    fix: `\`--env ${nearest(name, names) ?? names[0]}\``,
  });
}

function checkedTableName(map: ((name: string) => string) | undefined, key: string): (name: string) => string {
  if (!map) return (name) => name;
  return (name) => {
    const real: unknown = map(name);
    if (typeof real === 'string' && tableNamePattern.test(real)) return real;
    const found = typeof real === 'string' ? `\`${real}\`` : String(real);
    throw new MigrateError(
      'CONFIG_INVALID',
      `\`${key}\` gave ${found} for table \`${name}\`: ${typeof real === 'string' ? tableNameRule : `must be a string`}`,
      {
        fix: `return a table name from \`${key}\``,
      },
    );
  };
}
