import { loadConfig } from '../config/load-config.js';
import type { Settings } from '../config/resolve-config.js';
// Not used here: what migrations are written with is loaded before the hooks for TypeScript are set, as it takes twice
// the time after that.
import '../definition/define-migration.js';
import '../definition/define-steps.js';
import '../definition/table.js';
import { isDefinition } from '../definition/definition-mark.js';
import { accountOfArn, findAccount } from '../dynamodb/account.js';
import { MigrateError } from '../errors.js';
import { currentActor } from '../ledger/actor.js';
import { type LockRow, readLock } from '../ledger/lock-row.js';
import { checkState, type State } from '../migrator/check-state.js';
import type { EventListener } from '../migrator/events.js';
import { loadMigrations } from '../migrator/load-migrations.js';
import type { LockedMigrator, Migrator } from '../migrator/migrator.js';
import { recordNaming, requireSameNaming } from '../migrator/naming.js';
import { openMigrator } from '../migrator/open-migrator.js';
import { toolVersion } from '../version.js';
import { atLeast } from './check-number.js';
import type { CommandOptions } from './options.js';

/** One command at work on one environment. */
export interface Session {
  readonly migrator: Migrator;
  readonly settings: Settings;
  readonly endpointName: string;
  readonly warn: (message: string) => void;
  readonly warnings: readonly string[];
  /** The ids of the migrations that this command finished; filled as it goes on. */
  readonly done: string[];
  /** The migration files; loaded once. */
  readonly files: () => Promise<Awaited<ReturnType<typeof loadMigrationFiles>>>;
  /** What to type for another command on the same environment: `migrate down --env staging`. */
  readonly commandLine: (command: string) => string;
  /** The account as far as it is known without asking. */
  readonly knownAccount: () => string | undefined;
  readonly lock: () => Promise<LockRow | undefined>;
  /** The ledger's rows; refuses a meta table of an environment that names its tables otherwise. */
  readonly rows: () => Promise<State['rows']>;
  /**
   * Runs `work` under the lock, once the account is the right one and, in a protected environment, consent is
   * given. `state` is what files and ledger say once the lock is held.
   */
  readonly locked: <T>(work: (migrator: LockedMigrator, rows: State['rows']) => Promise<T>) => Promise<T>;
  /** Consent to something that cannot be taken back, in any environment. */
  readonly consentTo: (what: string) => Promise<void>;
  /** Checks the account, and tells where the command is about to write. */
  readonly announce: () => Promise<void>;
  /** Checks the account, and the consent that a protected environment wants; `locked` does so by itself. */
  readonly consent: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Loads the config and opens the environment. */
export async function openSession(
  command: string,
  options: CommandOptions,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): Promise<Session> {
  const { cwd = process.cwd(), config, env, endpoint, region, profile, processEnv = process.env } = options;
  const overrides = { endpoint, region, profile, leaseSeconds: options.leaseSeconds };
  const { settings } = await loadConfig({ cwd, config, environment: env, overrides });
  const warnings: string[] = [];
  const emit: EventListener = (event) => {
    if (event.type === 'warning') warnings.push(event.message);
    try {
      // An async listener is no worse: what it rejects with is its own.
      Promise.resolve(options.onEvent?.(event) as unknown).catch(() => undefined);
    } catch {
      // A listener that throws, a broken terminal say, is no reason to leave a migration half done.
    }
  };
  const lockTimeoutMs = atLeast('lockTimeout', options.lockTimeout ?? 60, 0) * 1_000;
  const { migrator, gate, close } = await openMigrator({
    settings,
    actor: currentActor(processEnv),
    hasCredentials: Boolean(processEnv.AWS_ACCESS_KEY_ID ?? processEnv.AWS_PROFILE),
    command: `migrate ${command}`,
    lockTimeoutMs,
    signal: options.signal ?? new AbortController().signal,
    emit,
    toolVersion,
    readOnly,
  });
  const announce = async () => {
    await requireAccount(migrator);
    const arn = migrator.metaTable.arn();
    const account = arn === undefined ? settings.accountId : accountOfArn(arn);
    emit({
      type: 'target',
      text: `environment ${settings.environment}: ${migrator.endpointName}${account === undefined ? '' : `, account ${account}`}`,
    });
  };
  const consent = async () => {
    await announce();
    await requireConsent(command, settings, options);
  };
  let files: ReturnType<typeof loadMigrationFiles> | undefined;
  return {
    migrator,
    settings,
    endpointName: migrator.endpointName,
    warn: (message) => emit({ type: 'warning', message }),
    warnings,
    done: [],
    files() {
      files ??= loadMigrationFiles(settings);
      return files;
    },
    commandLine(next) {
      const named = { config, env, endpoint, region, profile };
      const flags = Object.entries(named).flatMap(([flag, value]) =>
        value === undefined ? [] : [` --${flag} ${value}`],
      );
      return `migrate ${next}${flags.join('')}`;
    },
    knownAccount() {
      const arn = migrator.metaTable.arn();
      return arn === undefined ? undefined : accountOfArn(arn);
    },
    async rows() {
      await requireSameNaming(migrator);
      return migrator.ledger.list();
    },
    async lock() {
      return (await migrator.metaTable.describe()) === 'missing' ? undefined : readLock(migrator.metaTable);
    },
    announce,
    consent,
    async consentTo(what) {
      emit({ type: 'target', text: what });
      if (options.yes || (await options.confirm?.(`${what}?`))) return;
      throw new MigrateError('PROTECTED_ENVIRONMENT', `${what}: nobody consented to it`, {
        fix: 'add --yes once you are sure',
      });
    },
    async locked(work) {
      if (readOnly) throw new MigrateError('WRITE_BLOCKED', `\`migrate ${command}\` takes no lock`);
      await consent();
      const { withLock } = await import('../migrator/with-lock.js');
      return withLock(migrator, { command: `migrate ${command}`, lockTimeoutMs, gate }, async (lockedMigrator) => {
        await requireSameNaming(migrator);
        await recordNaming(migrator);
        return work(lockedMigrator, await lockedMigrator.ledger.claimUnfinished(lockedMigrator.lease));
      });
    },
    close,
  };
}

async function loadMigrationFiles({ migrationsDirectory }: Settings) {
  return loadMigrations({ directory: migrationsDirectory, isDefinition });
}

/**
 * Stops before the first write where files and ledger disagree.
 *
 * @throws MigrateError the first problem; the rest are for `status` to show.
 */
export function requireSound(problems: readonly MigrateError[], state: State): void {
  const [first, ...others] = [...problems, ...checkState(state)];
  if (!first) return;
  if (others.length === 0) throw first;
  const { code, message, migration, key, fix, cause } = first;
  throw new MigrateError(code, `${message} (and ${others.length} more: see \`migrate status\`)`, {
    migration,
    key,
    fix,
    cause,
  });
}

async function requireAccount({ settings, metaTable, client }: Migrator): Promise<void> {
  const { accountId, endpoint, environment } = settings;
  if (accountId === undefined) return;
  await metaTable.describe();
  const account = await findAccount(client, { knownArn: metaTable.arn(), ownEndpoint: endpoint !== undefined });
  if (account === accountId) return;
  throw new MigrateError(
    'WRONG_ACCOUNT',
    `environment \`${environment}\` is account ${accountId}, the credentials ${account === undefined ? 'do not tell theirs' : `belong to ${account}`}`,
    { fix: 'choose other credentials with --profile or AWS_PROFILE, or another --env' },
  );
}

async function requireConsent(command: string, settings: Settings, { yes, confirm }: CommandOptions): Promise<void> {
  if (!settings.protected || yes) return;
  const where = `\`${settings.environment}\`${settings.accountId === undefined ? '' : ` (account ${settings.accountId})`}`;
  if (confirm && (await confirm(`Run \`migrate ${command}\` in the protected environment ${where}?`))) return;
  throw new MigrateError('PROTECTED_ENVIRONMENT', `environment ${where} is protected`, {
    fix: 'add --yes once you are sure',
  });
}
