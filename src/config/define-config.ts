/** One environment: where its DynamoDB is, and how tables are called there. */
export interface EnvironmentConfig {
  /** AWS region. Default: what the SDK finds (`AWS_REGION`, the profile). */
  readonly region?: string;
  /** Profile of the shared AWS config files. Default: the SDK's own credential chain. */
  readonly profile?: string;
  /** URL of a DynamoDB endpoint, for DynamoDB Local and its like. Default: AWS. */
  readonly endpoint?: string;
  /** The AWS account that the credentials must belong to: 12 digits, as a string. Checked before any write. */
  readonly accountId?: string;
  /** Whether commands that write need `--yes`. Default: false. */
  readonly protected?: boolean;
  /** The real name of a table that migrations know by a logical one. Not used for the meta table. */
  readonly tableName?: (name: string) => string;
  /** The name of the meta table in this environment. Default: the `metaTable` of the config. */
  readonly metaTable?: string;
  /** How long the lock outlives the last sign of life of its holder, in seconds: 1 to 900. Default: 30. */
  readonly leaseSeconds?: number;
  /** `dynalite`: an embedded DynamoDB for the time of a command. Excludes `endpoint`, `profile` and `accountId`. */
  readonly engine?: 'dynalite';
  /** Folder where the engine keeps its data, relative to the config file. Default: in memory, gone with the command. */
  readonly path?: string;
}

/** What `migrate.config.ts` exports. */
export interface MigrateConfig {
  /** Folder of the migrations, relative to the config file. Default: `./migrations`. */
  readonly migrations?: string;
  /** Name of the table that records what was applied; taken literally. Default: `dynamigrate`. */
  readonly metaTable?: string;
  /** Environments by name. Commands use `local` unless `--env` says otherwise. */
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
}

/**
 * Types the config; returns it as it is.
 *
 * @example
 * ```ts
 * // migrate.config.ts
 * import { defineConfig } from 'dynamigrate';
 *
 * export default defineConfig({
 *   environments: {
 *     local: { engine: 'dynalite', path: '.dynalite' },
 *     production: { region: 'eu-central-1', accountId: '123456789012', protected: true },
 *   },
 * });
 * ```
 */
export function defineConfig(config: MigrateConfig): MigrateConfig {
  return config;
}
