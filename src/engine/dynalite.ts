import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import { answers } from './answers.js';
import { closeServer } from './close-server.js';
import { type DataFolder, type Holder, openDataFolder } from './data-folder.js';
import { anyAccount, type RunningEngine } from './running-engine.js';

export interface EngineClock {
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface StartDynaliteOptions {
  /** Absolute path of the folder for the data; created if missing. Default: in memory. */
  readonly path?: string | undefined;
  /** How long to wait for another process that has the folder open. Default: 0, do not wait. */
  readonly lockTimeoutMs?: number | undefined;
  /** Ends the waiting; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the waiting begins, with who has the folder open, as far as that is known. */
  readonly onWait?: ((holder: Holder | undefined) => void) | undefined;
  /** What others that wait are told is running here: `migrate up`. */
  readonly command?: string | undefined;
  readonly clock?: EngineClock | undefined;
  readonly importDynalite?: (() => Promise<typeof import('dynalite')>) | undefined;
}

type Dynalite = typeof import('dynalite').default;

const retryMs = 100;
const systemClock: EngineClock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal && { signal });
  },
};

/** Starts dynalite on a free port of 127.0.0.1. Throws LOCK_HELD or ENGINE_FAILED. */
export async function startDynalite(options: StartDynaliteOptions = {}): Promise<RunningEngine> {
  const { path, command = 'migrate', importDynalite = () => import('dynalite') } = options;
  const dynalite = await loadDynalite(importDynalite);
  if (path === undefined) return running(await listen(dynalite), undefined);
  try {
    return await openWhenFree(dynalite, await openDataFolder(path, command), path, options);
  } catch (error) {
    if (isMigrateError(error) || options.signal?.aborted) throw error;
    throw new MigrateError('ENGINE_FAILED', `dynalite could not open \`${path}\`: ${messageOf(error)}`, {
      fix: `check the permissions of \`${path}\`; local data that can be lost can be deleted`,
      cause: error,
    });
  }
}

async function openWhenFree(
  dynalite: Dynalite,
  folder: DataFolder,
  path: string,
  { lockTimeoutMs = 0, signal, onWait, clock = systemClock }: StartDynaliteOptions,
): Promise<RunningEngine> {
  const deadline = clock.now() + lockTimeoutMs;
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted();
    const engine = (await folder.isFree()) ? await openFolder(dynalite, folder) : undefined;
    if (engine) return engine;
    const holder = await folder.holder();
    if (clock.now() >= deadline) throw lockHeld(path, holder);
    if (!waited) onWait?.(holder);
    await clock.sleep(retryMs, signal).catch((error: unknown) => {
      // A sleep that was aborted rejects with an AbortError; the reason says more.
      signal?.throwIfAborted();
      throw error;
    });
  }
}

/** `undefined` if another process was quicker: LevelDB's own lock decides. */
async function openFolder(dynalite: Dynalite, folder: DataFolder): Promise<RunningEngine | undefined> {
  const server = await listen(dynalite, folder.dataPath);
  // dynalite opens its database in the background and tells nobody whether it could; a request finds out.
  if (await answers(endpointOf(server))) {
    await folder.claim();
    return running(server, folder);
  }
  await closeServer(server).catch(() => undefined);
  return undefined;
}

function running(server: Server, folder: DataFolder | undefined): RunningEngine {
  let closed: Promise<void> | undefined;
  const close = async () => {
    // Before the database: afterwards the file might be the next process's.
    await folder?.release();
    await closeServer(server);
  };
  return {
    name: 'the embedded dynalite',
    endpoint: endpointOf(server),
    ...anyAccount,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

async function loadDynalite(importDynalite: () => Promise<typeof import('dynalite')>): Promise<Dynalite> {
  try {
    return (await importDynalite()).default;
  } catch (error) {
    throw new MigrateError(
      'ENGINE_FAILED',
      `\`engine: 'dynalite'\` needs the package \`dynalite\`: ${messageOf(error)}`,
      {
        fix: 'npm install dynalite',
        cause: error,
      },
    );
  }
}

async function listen(dynalite: Dynalite, path?: string): Promise<Server> {
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(path !== undefined && { path }),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

function endpointOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function lockHeld(path: string, holder: Holder | undefined): MigrateError {
  const who = holder
    ? `process ${holder.pid} on \`${holder.host}\` (\`${holder.command}\`, since ${holder.since})`
    : 'another process';
  return new MigrateError('LOCK_HELD', `\`${path}\` is open in ${who}; dynalite's data admit one process`, {
    fix: 'wait until it has ended, or wait longer with `--lock-timeout`',
  });
}
