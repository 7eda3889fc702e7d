import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MigrateError, messageOf } from '../errors.js';
import { answers } from './answers.js';

export interface StartJavaOptions {
  /** The folder of `DynamoDBLocal.jar`. */
  readonly files: string;
  /** The port to take if nobody has it. Default: any. */
  readonly port?: number | undefined;
  /** Where the data is kept. Default: in memory. */
  readonly dataPath?: string | undefined;
  /** Default: `java`. */
  readonly java?: string | undefined;
  /** How long it may take until the server answers. Default: 60 s. */
  readonly timeoutMs?: number | undefined;
  /** Ends the process while it starts; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each process as soon as it runs, before it answers. */
  readonly onSpawn?: ((pid: number, port: number) => Promise<void>) | undefined;
}

export interface JavaServer {
  readonly pid: number;
  readonly port: number;
  readonly isRunning: () => boolean;
  /** Ends the process, and resolves when it is gone. */
  stop(): Promise<void>;
}

/** Others may take the port that was found free before Java does. */
const attempts = 3;
const stopMs = 5_000;
/** An engine that lives for minutes pays more for the second compiler than it saves: half of its CPU, and of its start. */
const quickStart = ['-XX:TieredStopAtLevel=1'];

/**
 * Starts DynamoDB Local on a free port, and resolves when it answers: 1 to 4 s. It listens on all interfaces, for it
 * has no option to do otherwise.
 *
 * @throws MigrateError ENGINE_FAILED with the last lines that Java printed.
 */
export async function startJava(options: StartJavaOptions): Promise<JavaServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(attempt === 1 ? options.port : undefined);
    const started = await tryStart(options, port);
    if ('pid' in started) return started;
    // It prints this, and then lives on without a port.
    if (attempt === attempts || !started.message.includes('BindException')) throw started;
  }
}

/** @throws MigrateError ENGINE_FAILED where there is no Java, or one that is too old. */
export async function requireJava(java = 'java'): Promise<void> {
  let text: string;
  try {
    // It prints its version on stderr.
    const { stdout, stderr } = await promisify(execFile)(java, ['-version']);
    text = `${stderr}${stdout}`.trim();
  } catch (error) {
    throw noJava(messageOf(error), error);
  }
  const version = Number(/version "(?:1\.)?(\d+)/.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  if (version < 17) throw noJava(text.split('\n')[0] ?? text);
}

async function tryStart(options: StartJavaOptions, port: number): Promise<JavaServer | MigrateError> {
  const { files, dataPath, java = 'java', timeoutMs = 60_000, signal, onSpawn } = options;
  const child = spawn(
    java,
    [
      ...quickStart,
      `-Djava.library.path=${join(files, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(files, 'DynamoDBLocal.jar'),
      '-sharedDb',
      ...(dataPath === undefined ? ['-inMemory'] : ['-dbPath', dataPath]),
      '-disableTelemetry',
      '-port',
      `${port}`,
    ],
    // It writes a file with an id for its telemetry where it runs.
    { cwd: dataPath ?? files, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true },
  );
  const output = lastLines(child);
  const spawned = await once(child, 'spawn').catch((error: unknown) => noJava(messageOf(error), error));
  if (spawned instanceof MigrateError) return spawned;
  const stop = () => stopChild(child);
  const { pid } = child;
  if (pid === undefined) return noJava('it has no pid');
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  try {
    await onSpawn?.(pid, port);
    const deadline = performance.now() + timeoutMs;
    while (isRunning() && !signal?.aborted && performance.now() < deadline && !output().includes('BindException')) {
      // The order matters: another process that took the port could answer, while ours has ended.
      if ((await answers(`http://127.0.0.1:${port}`)) && isRunning() && !output().includes('BindException')) {
        return { pid, port, isRunning, stop };
      }
      await delay(50);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  await stop();
  signal?.throwIfAborted();
  return failure(output());
}

function lastLines(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      text = (text + chunk).slice(-4_000);
    });
  }
  return () => text.trim().split('\n').slice(-15).join('\n');
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  const killing = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await gone;
  clearTimeout(killing);
}

function failure(output: string): MigrateError {
  if (/UnsupportedClassVersionError|Unable to locate a Java Runtime/.test(output)) return noJava(output);
  return new MigrateError(
    'ENGINE_FAILED',
    `DynamoDB Local did not start: ${output === '' ? 'it printed nothing' : output}`,
    {
      fix: "`java -version` has to be 17 or newer; or use `engine: 'dynalite'`, which has no streams",
    },
  );
}

function noJava(found: string, cause?: unknown): MigrateError {
  return new MigrateError('ENGINE_FAILED', `\`engine: 'dynamodb-local'\` needs Java 17 or newer: ${found}`, {
    fix: "install a JRE (`java` must be on the PATH), or use `engine: 'dynalite'`, which has no streams",
    cause,
  });
}

async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  server.listen(wanted, '127.0.0.1');
  const isTaken = await once(server, 'listening').then(
    () => false,
    (error: unknown) => {
      if (wanted === 0) throw error;
      return true;
    },
  );
  if (isTaken) return freePort();
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
