import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import { answers } from './answers.js';
import { dynamoDbLocalFiles } from './dynamodb-local-files.js';
import type { WatchdogFailure, WatchdogOrder } from './dynamodb-local-watchdog.js';
import { isAlive, isHere } from './process-identity.js';
import { lockHolder } from './process-lock.js';
import { anyAccount, type RunningEngine } from './running-engine.js';
import { openServerFolder, type ServerFolder } from './server-folder.js';
import { requireJava } from './start-java.js';

export interface StartDynamoDbLocalOptions {
  /** Absolute path of the folder of the data and its server; created if missing. Default: in memory, for this call. */
  readonly path?: string | undefined;
  /** How long the server of a `path` outlives its last user, if this call starts it. Default: 10 s. */
  readonly idleMs?: number | undefined;
  /** Ends the waiting; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, before DynamoDB Local is downloaded. */
  readonly onFetch?: ((message: string) => void) | undefined;
  /** Where the download stays. Default: `~/.cache/dynamigrate`. */
  readonly cacheDirectory?: string | undefined;
  /** Default: `java`. */
  readonly java?: string | undefined;
  /** How long to wait for an answer. Default: 90 s, for a machine at its limit. */
  readonly timeoutMs?: number | undefined;
}

const retryMs = 50;

/**
 * Amazon's DynamoDB Local on this machine. With a `path`, one server for all processes that ask for the same one: the
 * first starts it, and it ends some time after the last has closed it, or was killed.
 *
 * @throws MigrateError ENGINE_FAILED where it cannot be fetched or started, LOCK_HELD where another host has it open.
 */
export async function startDynamoDbLocal(options: StartDynamoDbLocalOptions = {}): Promise<RunningEngine> {
  const { signal, onFetch, cacheDirectory, java, idleMs = 10_000 } = options;
  const beforeFetch = () => requireJava(java);
  const files = await dynamoDbLocalFiles({ signal, beforeFetch, onFetch, cacheDirectory });
  const inMemory = options.path === undefined;
  const path = options.path ?? (await mkdtemp(join(tmpdir(), 'dynamigrate-')));
  try {
    const folder = await openServerFolder(path);
    return await use(folder, { path, files, inMemory, idleMs: inMemory ? 0 : idleMs, java }, options);
  } catch (error) {
    if (isMigrateError(error) || signal?.aborted) throw error;
    throw new MigrateError('ENGINE_FAILED', `DynamoDB Local could not use \`${path}\`: ${messageOf(error)}`, {
      fix: `check the permissions of \`${path}\`; local data that can be lost can be deleted`,
      cause: error,
    });
  }
}

async function use(
  folder: ServerFolder,
  order: WatchdogOrder,
  options: StartDynamoDbLocalOptions,
): Promise<RunningEngine> {
  // First: a server that is about to end sees that it is wanted.
  const leave = await folder.join();
  let watchdog: Watchdog | undefined;
  try {
    const endpoint = await findServer(folder, options, {
      failure: () => watchdog?.failure(),
      isStarting: () => watchdog?.isRunning() ?? false,
      start: async () => {
        watchdog?.letGo();
        watchdog = await startWatchdog(order);
      },
    });
    let closed: Promise<void> | undefined;
    const close = async () => {
      await leave();
      if (order.inMemory) await watchdog?.ended();
      else await replaceKilledWatchdog(folder, order);
    };
    return {
      name: `DynamoDB Local at ${endpoint}`,
      endpoint,
      ...anyAccount,
      close: () => {
        closed ??= close();
        return closed;
      },
    };
  } catch (error) {
    await leave();
    throw error;
  } finally {
    watchdog?.letGo();
  }
}

interface Starter {
  readonly failure: () => MigrateError | undefined;
  readonly isStarting: () => boolean;
  readonly start: () => Promise<void>;
}

async function findServer(
  folder: ServerFolder,
  { signal, timeoutMs = 90_000 }: StartDynamoDbLocalOptions,
  starter: Starter,
): Promise<string> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const entry = await folder.server();
    if (entry?.ready && isAlive(entry.watchdog) && isAlive(entry.java)) {
      const endpoint = `http://127.0.0.1:${entry.port}`;
      if (await answers(endpoint)) return endpoint;
    }
    const failure = starter.failure();
    if (failure) throw failure;
    const holder = await lockHolder(folder.lockPath);
    // Whether one elsewhere still lives is found out by the watchdog, which takes seconds.
    if (!starter.isStarting() && !(holder && isHere(holder.place))) await starter.start();
    if (performance.now() >= deadline) throw silent(timeoutMs, holder?.pid);
    await delay(retryMs, undefined, signal && { signal }).catch((error: unknown) => {
      // A sleep that was aborted rejects with an AbortError; the reason says more.
      signal?.throwIfAborted();
      throw error;
    });
  }
}

/** Java outlives a watchdog that was killed. Another one takes it over, and ends it when nobody uses it. */
async function replaceKilledWatchdog(folder: ServerFolder, order: WatchdogOrder): Promise<void> {
  const entry = await folder.server();
  if (!entry || !isAlive(entry.java) || isAlive(entry.watchdog)) return;
  (await startWatchdog(order)).letGo();
}

interface Watchdog {
  readonly isRunning: () => boolean;
  readonly failure: () => MigrateError | undefined;
  /** This process no longer waits for it. */
  readonly letGo: () => void;
  readonly ended: () => Promise<void>;
}

async function startWatchdog(order: WatchdogOrder): Promise<Watchdog> {
  const child = spawn(process.execPath, [watchdogScript()], {
    // Out of the reach of Ctrl-C.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
    windowsHide: true,
    cwd: order.path,
  });
  let failure: MigrateError | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure ??= watchdogFailed(messageOf(error), error);
      resolve();
    });
    child.once('exit', (code, signal) => {
      if (code !== 0) failure ??= watchdogFailed(`it ended with ${signal ?? `exit code ${code}`}`);
      resolve();
    });
  });
  child.once('message', (message) => {
    const { code, message: text, fix } = message as WatchdogFailure;
    failure = new MigrateError(code, text, { fix });
  });
  // Not a message: those that come before the other side listens are lost if this one disconnects. An error here means
  // that it did not start or has ended, which is told above.
  child.stdin?.on('error', () => undefined);
  await new Promise<void>((resolve) => child.stdin?.end(JSON.stringify(order), () => resolve()));
  return {
    isRunning: () => isRunning(child),
    failure: () => failure,
    letGo() {
      if (child.connected) child.disconnect();
      child.unref();
    },
    async ended() {
      child.ref();
      await gone;
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function watchdogScript(): string {
  const script = fileURLToPath(new URL('../engine/dynamodb-local-watchdog.js', import.meta.url));
  // Run from source, there is no JavaScript but in the build.
  return existsSync(script)
    ? script
    : fileURLToPath(new URL('../../dist/engine/dynamodb-local-watchdog.js', import.meta.url));
}

function watchdogFailed(why: string, cause?: unknown): MigrateError {
  return new MigrateError('ENGINE_FAILED', `the process that starts DynamoDB Local failed: ${why}`, {
    fix: 'run it again; a source tree has to be built first: npm run build',
    cause,
  });
}

function silent(timeoutMs: number, pid: number | undefined): MigrateError {
  const owner = pid === undefined ? '' : ` (of process ${pid})`;
  return new MigrateError('ENGINE_FAILED', `DynamoDB Local${owner} did not answer for ${timeoutMs / 1_000} s`, {
    fix: pid === undefined ? 'run it again' : `end process ${pid}, and run it again`,
  });
}
