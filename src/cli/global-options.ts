import type { Options } from 'yargs';

/** The flags that every command has; each can be set as `MIGRATE_<NAME>` too. */
export const globalOptions = {
  env: { type: 'string', describe: 'environment of the config (default: local)', requiresArg: true },
  config: { type: 'string', describe: 'config file (default: migrate.config.*)', requiresArg: true },
  endpoint: { type: 'string', describe: 'DynamoDB endpoint URL', requiresArg: true },
  region: { type: 'string', describe: 'AWS region', requiresArg: true },
  profile: { type: 'string', describe: 'AWS profile', requiresArg: true },
  'lock-timeout': { type: 'number', describe: 'seconds to wait for the lock (default: 60)', requiresArg: true },
  json: { type: 'boolean', describe: 'one JSON document on stdout, all else on stderr' },
  yes: { type: 'boolean', alias: 'y', describe: 'consent to writing in a protected environment' },
  quiet: { type: 'boolean', alias: 'q', describe: 'errors only' },
  verbose: { type: 'boolean', describe: 'also causes and stack traces' },
  color: { type: 'boolean', describe: 'colours (--no-color, NO_COLOR)' },
} as const satisfies Record<string, Options>;

export interface GlobalArguments {
  readonly env?: string | undefined;
  readonly config?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly lockTimeout?: number | undefined;
  readonly json?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color?: boolean | undefined;
}

/**
 * The global flags that environment variables set: `MIGRATE_LOCK_TIMEOUT=5` is `--lock-timeout 5`. Other MIGRATE_*
 * variables belong to somebody else.
 */
export function optionsFromEnv(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(globalOptions)) {
    const text = env[`MIGRATE_${name.toUpperCase().replaceAll('-', '_')}`];
    if (text === undefined || text === '') continue;
    found[name] = type === 'boolean' ? !/^(?:0|false|no|off)$/i.test(text) : type === 'number' ? Number(text) : text;
  }
  return found;
}
