/** How the cutover of a move holds writes back. */
export interface CutoverConfig {
  /** How long applications may keep what the pointer told them, in seconds. Default: 5. */
  readonly cacheSeconds?: number;
  /** How long a write of an application may take, its retries included, in seconds. Default: 10. */
  readonly writeSeconds?: number;
  /** Also deny writes by a policy of the table, where DynamoDB has those. Default: true. */
  readonly denyPolicy?: boolean;
}

/** How the live sync of a move is deployed as a Lambda function. */
export interface LambdaConfig {
  /** The S3 bucket for the code, in the region of the tables. Needed for `sync deploy`, unless `--bucket` names one. */
  readonly bucket?: string;
  /** The ARN of the SNS topic that is told of alarms. Default: none is. */
  readonly alarmTopic?: string;
  /** Memory of the sync functions, in MB: 128 to 10,240. Default: 512. */
  readonly memory?: number;
  /** Subnets and security groups of a VPC with a way to DynamoDB, Lambda and SQS. Default: outside of any VPC. */
  readonly subnets?: readonly string[];
  readonly securityGroups?: readonly string[];
}

/** What a million request units cost here, for `migrate plan` to work out what a migration costs. */
export interface PricesConfig {
  readonly readMillion: number;
  readonly writeMillion: number;
  /** Shown beside amounts. Default: `USD`. */
  readonly currency?: string;
}

/**
 * How much of a table's capacity may be used: units a second, or a share of what is provisioned for the table (and the
 * same share of what is for each of its indexes), `'25%'`.
 */
export type LimitConfig = number | `${number}%`;

/** What migrations may use of each table. What their live sync uses comes first, and waits for nothing. */
export interface BudgetConfig {
  /** Read units a second. Default: no limit; DynamoDB's throttling is heeded all the same. */
  readonly read?: LimitConfig;
  /** Write units a second, indexes included. Default: no limit, as for `read`. */
  readonly write?: LimitConfig;
  /** What 100 % is of a table that is on demand and has no maximum of its own, in units a second. */
  readonly onDemand?: { readonly read?: number; readonly write?: number };
}

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
  /** How the cutover of a move holds writes back. */
  readonly cutover?: CutoverConfig;
  /**
   * Who keeps the tables of a move level between two commands. `process`: a `migrate sync run` of yours. `template`: a
   * Lambda function that you deploy from what `sync generate` writes; `up` waits at a gate until it is there. `deploy`:
   * the same, deployed by `up`. Default: `process`.
   */
  readonly sync?: 'process' | 'template' | 'deploy';
  /** How the live sync is deployed as a Lambda function. */
  readonly lambda?: LambdaConfig;
  /**
   * Who copies the items of a move. `process`: the process that runs `up`, and those that run `work`. `step-functions`:
   * Lambda functions under the state machine of the move, which `up` starts and follows. Default: `process`.
   */
  readonly backfill?: 'process' | 'step-functions';
  /** What request units cost; of tables on demand alone. */
  readonly prices?: PricesConfig;
  /** What migrations may use of each table. */
  readonly budget?: BudgetConfig;
  /** How long the lock outlives the last sign of life of its holder, in seconds: 1 to 900. Default: 30. */
  readonly leaseSeconds?: number;
  /**
   * An embedded DynamoDB. Excludes `endpoint`, `profile` and `accountId`.
   *
   * `dynalite`: needs nothing but Node, has no streams, and lets in one command at a time. `dynamodb-local`: Amazon's
   * DynamoDB Local, with streams; needs Java 17, is downloaded once (57 MB), and is shared by all commands of a `path`.
   */
  readonly engine?: 'dynalite' | 'dynamodb-local';
  /**
   * Folder where the engine keeps its data, relative to the config file. Each engine needs its own. Default: in
   * memory, gone with the command.
   */
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
