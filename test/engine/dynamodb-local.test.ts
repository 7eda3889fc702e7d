import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { identify } from '../../src/engine/process-identity.js';
import type { RunningEngine } from '../../src/engine/running-engine.js';
import type { ServerEntry } from '../../src/engine/server-folder.js';
import { transpileSource } from '../config/transpile-source.js';
import { hasJava } from '../support/dynamodb-local.js';

type Module = typeof import('../../src/engine/dynamodb-local.js');

const idleMs = 300;
const patience = { timeout: 15_000, interval: 50 };
let root: string;
let module: Module;
const engines: RunningEngine[] = [];
const children: ChildProcess[] = [];
const folders: string[] = [];

beforeAll(async () => {
  // The watchdog is a program of its own, which source cannot be.
  root = transpileSource();
  module = (await import(join(root, 'dist/engine/dynamodb-local.js'))) as Module;
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  for (const path of folders.splice(0)) await untilGone(path);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function newPath(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'engine-')), 'not', 'there');
  folders.push(path);
  return path;
}

async function start(options: Parameters<Module['startDynamoDbLocal']>[0] = {}): Promise<RunningEngine> {
  const engine = await module.startDynamoDbLocal({ idleMs, ...options });
  engines.push(engine);
  return engine;
}

/** The engine in a process of its own. Resolves with its endpoint when it is up. */
async function startElsewhere(path?: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const script = `
    import { startDynamoDbLocal } from ${JSON.stringify(join(root, 'dist/engine/dynamodb-local.js'))};
    const engine = await startDynamoDbLocal(${JSON.stringify({ path, idleMs })});
    process.on('SIGTERM', () => engine.close());
    // Once the engine is up, it does not keep a process alive.
    const stay = setInterval(() => undefined, 1000);
    process.on('SIGTERM', () => clearInterval(stay));
    console.log(engine.endpoint);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, endpoint: String(line).trim() };
}

const serverOf = (path: string) => JSON.parse(readFileSync(join(path, 'server.json'), 'utf8')) as ServerEntry;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Its server ends by itself. */
async function untilGone(path: string): Promise<void> {
  await vi.waitFor(() => expect(existsSync(join(path, 'server.json'))).toBe(false), patience);
}

const untilEnded = (pid: number) => vi.waitFor(() => expect(isRunning(pid)).toBe(false), patience);

const client = (endpoint: string) =>
  new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });

const tables = async (endpoint: string) => (await client(endpoint).send(new ListTablesCommand({}))).TableNames;

const createTable = (endpoint: string) =>
  client(endpoint).send(
    new CreateTableCommand({
      TableName: 'KEPT',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );

describe.runIf(await hasJava())('with Java', () => {
  test('commands that start at once share a server, which outlives a killed one, and ends after the last', async () => {
    const path = newPath();
    const [first, second, third] = await Promise.all([startElsewhere(path), startElsewhere(path), start({ path })]);
    expect([first.endpoint, second.endpoint]).toEqual([third.endpoint, third.endpoint]);
    expect(readFileSync(join(path, '.gitignore'), 'utf8')).toBe('*\n');
    await createTable(first.endpoint);
    const { java, watchdog } = serverOf(path);

    first.child.kill('SIGKILL');
    second.child.kill('SIGTERM');
    const [code] = (await once(second.child, 'exit')) as [number | null];
    expect(code).toBe(0);
    // What is dead is dropped, and what lives is not.
    await vi.waitFor(() => expect(readdirSync(join(path, 'users'))).toHaveLength(1), { timeout: 5_000, interval: 20 });
    expect(await tables(third.endpoint)).toEqual(['KEPT']);

    await Promise.all([third.close(), third.close()]);
    await untilEnded(java.pid);
    await untilEnded(watchdog.pid);
    await untilGone(path);
  });

  test('what is left of a dead server is replaced; the data stay, also where their watchdog was killed', async () => {
    const path = newPath();
    const other = await foreignServer();
    mkdirSync(join(path, 'lock'), { recursive: true });
    // Pids that run, of other processes than those that wrote this.
    const recycled = { ...identify(process.pid), started: '1' };
    writeFileSync(join(path, 'lock', '7'), JSON.stringify(recycled));
    writeFileSync(
      join(path, 'server.json'),
      JSON.stringify({
        port: (other.address() as AddressInfo).port,
        java: recycled,
        watchdog: recycled,
        ready: true,
      }),
    );
    const engine = await start({ path });
    other.close();
    expect(readdirSync(join(path, 'lock'))).toEqual(['8']);
    await createTable(engine.endpoint);

    // Java goes on without its watchdog, and the next command has it looked after.
    const before = serverOf(path);
    process.kill(before.watchdog.pid, 'SIGKILL');
    await untilEnded(before.watchdog.pid);
    const next = await start({ path });
    const after = serverOf(path);
    expect(after.java).toEqual(before.java);
    expect(after.watchdog.pid).not.toBe(before.watchdog.pid);
    expect(await tables(next.endpoint)).toEqual(['KEPT']);

    // So does the last one that leaves.
    process.kill(after.watchdog.pid, 'SIGKILL');
    await untilEnded(after.watchdog.pid);
    await Promise.all([engine.close(), next.close()]);
    await untilEnded(before.java.pid);
    await untilGone(path);
    expect(await tables((await start({ path })).endpoint)).toEqual(['KEPT']);
  });

  test('the next server of a folder has the port of the last one, unless somebody took it', async () => {
    const path = newPath();
    const next = async () => {
      const engine = await start({ path });
      const { java } = serverOf(path);
      // Its connection is open when the server ends.
      await tables(engine.endpoint);
      await engine.close();
      await untilEnded(java.pid);
      await untilGone(path);
      return engine.endpoint;
    };
    const first = await next();
    expect(await next()).toBe(first);
    // Threads of Java may still be ending, and hold its port for a moment.
    const other = await vi.waitFor(async () => {
      const server = createServer().listen(Number(new URL(first).port), '127.0.0.1');
      await once(server, 'listening');
      return server;
    }, patience);
    expect(await next()).not.toBe(first);
    other.close();
    // What nobody wrote is no port.
    writeFileSync(join(path, 'port.json'), '70000');
    expect(await next()).toMatch(/^http:/);
  });

  test('in memory, each has its own server, which ends with it, also by kill -9', async () => {
    const [mine, theirs] = await Promise.all([start(), startElsewhere()]);
    expect(mine.endpoint).not.toBe(theirs.endpoint);
    await createTable(mine.endpoint);
    expect(await tables(theirs.endpoint)).toEqual([]);
    theirs.child.kill('SIGKILL');
    await mine.close();
    await expect(fetch(mine.endpoint)).rejects.toThrow();
    await vi.waitFor(() => expect(fetch(theirs.endpoint)).rejects.toThrow(), { timeout: 15_000, interval: 50 });
  });
});

test.each([
  ['missing', undefined, 'needs Java 17 or newer: spawn', 'install a JRE'],
  [
    'too old',
    'echo "java.lang.UnsupportedClassVersionError: class file version 61.0" >&2; exit 1',
    'needs Java 17 or newer: java.lang.Unsupp',
    "engine: 'dynalite'",
  ],
  ['broken', 'echo "no memory" >&2; exit 1', 'did not start: no memory', 'java -version'],
])('java that is %s is ENGINE_FAILED', async (_name, script, message, fix) => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const java = join(folder, 'java');
  if (script !== undefined) {
    writeFileSync(java, `#!/bin/sh\n${script}\n`);
    chmodSync(java, 0o755);
  }
  const path = join(folder, 'data');
  await expect(start({ path, java, cacheDirectory: fakeCache(folder) })).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    message: expect.stringContaining(message),
    fix: expect.stringContaining(fix),
  });
  expect(readdirSync(join(path, 'users'))).toEqual([]);
});

test.each([
  ['missing', undefined],
  ['too old', 'echo \'openjdk version "11.0.2" 2019-01-15\' >&2'],
  ['too old by an older count', 'echo \'java version "1.8.0_292"\' >&2'],
])('java that is %s is told before anything is downloaded', async (_name, script) => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const java = join(folder, 'java');
  if (script !== undefined) {
    writeFileSync(java, `#!/bin/sh\n${script}\n`);
    chmodSync(java, 0o755);
  }
  const onFetch = vi.fn();
  const starting = start({
    path: join(folder, 'data'),
    java,
    cacheDirectory: join(folder, 'cache'),
    onFetch,
  });
  await expect(starting).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    message: expect.stringContaining('needs Java 17'),
  });
  expect(onFetch).not.toHaveBeenCalled();
});

test('a signal ends the waiting with its reason, and the server it asked for', async () => {
  const path = newPath();
  const controller = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const java = join(folder, 'java');
  writeFileSync(java, '#!/bin/sh\nexec sleep 60\n');
  chmodSync(java, 0o755);
  const starting = start({ path, java, cacheDirectory: fakeCache(folder), signal: controller.signal });
  await vi.waitFor(() => serverOf(path), { timeout: 10_000, interval: 20 });
  const { java: started, watchdog } = serverOf(path);
  controller.abort(new Error('stopped by hand'));
  await expect(starting).rejects.toThrow('stopped by hand');
  expect(readdirSync(join(path, 'users'))).toEqual([]);
  process.kill(watchdog.pid, 'SIGTERM');
  await untilEnded(started.pid);
});

test('a path that cannot be a folder is ENGINE_FAILED', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const path = join(folder, 'file');
  writeFileSync(path, '');
  await expect(start({ path, cacheDirectory: fakeCache(folder) })).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    message: expect.stringContaining(path),
  });
});

/** A cache that has the files already, as far as anybody looks. */
function fakeCache(folder: string): string {
  mkdirSync(join(folder, 'dynamodb-local-2.9.30', 'package', 'emulator'), { recursive: true });
  return folder;
}

/** Something that answers at a port, and is no DynamoDB. */
async function foreignServer(): Promise<Server> {
  const server = createServer((_request, response) => response.end('{"hello":"world"}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
