import type { EventListener } from '../migrator/events.js';

/** What every command takes. */
export interface CommandOptions {
  /** Where the config is. Default: the working directory of the process. */
  readonly cwd?: string | undefined;
  /** The config file, relative to `cwd`. Default: `migrate.config.*`. */
  readonly config?: string | undefined;
  /** The environment's name. Default: `local`. */
  readonly env?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  /** Seconds to wait for the lock, or for an embedded engine that another process has open. Default: 60. */
  readonly lockTimeout?: number | undefined;
  /**
   * In place of that of the environment; for the test kit, which kills what it runs.
   *
   * @internal
   */
  readonly leaseSeconds?: number | undefined;
  /** Consent to writing in a protected environment. */
  readonly yes?: boolean | undefined;
  /** Asked in a protected environment without `yes`; without it such a command is refused. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** Abort it to stop: the page is finished, the checkpoint saved, the lock released. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener | undefined;
  /** Environment variables, for credentials and for the CI run's URL. Default: those of the process. */
  readonly processEnv?: Readonly<Record<string, string | undefined>> | undefined;
}
