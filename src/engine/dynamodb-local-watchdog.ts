import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { isMigrateError, messageOf } from '../errors.js';
import { answers } from './answers.js';
import { identify, isAlive, isHere } from './process-identity.js';
import { lockHolder, type ProcessLock, takeProcessLock } from './process-lock.js';
import { openServerFolder, type ServerEntry, type ServerFolder } from './server-folder.js';
import { type JavaServer, startJava } from './start-java.js';

// A program of its own, which a command starts and leaves behind: it owns the Java process of a folder, and ends it
// when no command uses it any more, also where the commands were killed. It reads a `WatchdogOrder` from its standard
// input.

/** What a command tells the watchdog that it starts. */
export interface WatchdogOrder {
  /** The folder of the server. */
  readonly path: string;
  /** The folder of `DynamoDBLocal.jar`. */
  readonly files: string;
  /** Data in memory, in a folder that is deleted at the end. */
  readonly inMemory: boolean;
  /** How long the server stays without a user. */
  readonly idleMs: number;
  readonly java?: string | undefined;
}

/** What the watchdog tells that command, if it fails. */
export interface WatchdogFailure {
  readonly code: 'ENGINE_FAILED' | 'LOCK_HELD';
  readonly message: string;
  readonly fix?: string | undefined;
}

const killedMs = 5_000;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

const order = await text(process.stdin);
// Empty where the command ended before it could say.
if (order !== '') await watch(JSON.parse(order) as WatchdogOrder).catch(reportError);

async function watch(order: WatchdogOrder): Promise<void> {
  const { path, inMemory, idleMs } = order;
  const folder = await openServerFolder(path);
  const lock = await takeProcessLock(folder.lockPath);
  if (!lock) {
    const holder = await lockHolder(folder.lockPath);
    if (holder && !isHere(holder.place)) report(inUseElsewhere(path, holder.place));
    return;
  }
  try {
    const server = (await adopt(folder)) ?? (await start(folder, order));
    await folder.writeServer(entryOf(server, true));
    try {
      await untilUnused(server, folder, lock, idleMs);
    } finally {
      await server.stop();
    }
  } finally {
    // A folder that was deleted and made again has the files of another watchdog.
    if (await lock.touch()) await folder.removeServer();
    if (inMemory) await rm(path, { recursive: true, force: true });
  }
}

async function start(folder: ServerFolder, { files, java, inMemory }: WatchdogOrder): Promise<JavaServer> {
  return startJava({
    files,
    java,
    port: await folder.lastPort(),
    signal: stopping.signal,
    dataPath: inMemory ? undefined : folder.dataPath,
    // Before it answers: were this process killed now, the next one would find it.
    onSpawn: (pid, port) => folder.writeServer(entryOf({ pid, port }, false)),
  });
}

/** The Java process of a watchdog that was killed: commands are using it. One that does not answer is ended. */
async function adopt(folder: ServerFolder): Promise<JavaServer | undefined> {
  const entry = await folder.server();
  if (!entry || !isAlive(entry.java)) return undefined;
  const { java, port } = entry;
  const server = { pid: java.pid, port, isRunning: () => isAlive(java), stop: () => end(java) };
  if (entry.ready && (await answers(endpointOf(port)))) return server;
  // Without a start time it may be anybody's process.
  if (java.started !== undefined) await end(java);
  return undefined;
}

async function end(java: ServerEntry['java']): Promise<void> {
  const since = performance.now();
  for (let signal: NodeJS.Signals = 'SIGTERM'; isAlive(java); ) {
    if (performance.now() - since > killedMs) signal = 'SIGKILL';
    try {
      process.kill(java.pid, signal);
    } catch (error) {
      // Gone since the look, or another user's.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    await delay(50);
  }
}

async function untilUnused(server: JavaServer, folder: ServerFolder, lock: ProcessLock, idleMs: number): Promise<void> {
  const pollMs = Math.min(1_000, Math.max(100, idleMs / 5));
  let idleSince: number | undefined;
  while (server.isRunning() && !stopping.signal.aborted && (await lock.touch())) {
    if (await folder.isUsed()) idleSince = undefined;
    else {
      idleSince ??= performance.now();
      if (performance.now() - idleSince >= idleMs) {
        // A command says that it uses the server, and then looks for it: one that saw the file is seen here.
        await folder.removeServer();
        if (!(await folder.isUsed())) return;
        await folder.writeServer(entryOf(server, true));
        idleSince = undefined;
      }
    }
    await delay(pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}

function entryOf({ pid, port }: { readonly pid: number; readonly port: number }, ready: boolean): ServerEntry {
  return { port, java: identify(pid), watchdog: identify(process.pid), ready };
}

function endpointOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function reportError(error: unknown): void {
  report({
    code: 'ENGINE_FAILED',
    message: messageOf(error),
    fix: isMigrateError(error) ? error.fix : undefined,
  });
}

function report(failure: WatchdogFailure): void {
  // The command may be gone.
  if (process.connected) process.send?.(failure, undefined, undefined, () => undefined);
}

function inUseElsewhere(path: string, place: string): WatchdogFailure {
  return {
    code: 'LOCK_HELD',
    message: `the DynamoDB Local of \`${path}\` runs on another host or in another container (\`${place}\`)`,
    fix: 'wait until the commands there have ended, or use a folder of your own',
  };
}
