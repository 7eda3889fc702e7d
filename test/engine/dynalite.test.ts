import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startDynalite } from '../../src/engine/dynalite.js';
import type { RunningEngine } from '../../src/engine/running-engine.js';
import { transpileSource } from '../config/transpile-source.js';

let root: string;
const engines: RunningEngine[] = [];
const children: ChildProcess[] = [];
beforeAll(() => {
  root = transpileSource();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const newPath = () => join(mkdtempSync(join(tmpdir(), 'engine-')), 'not', 'there');

async function start(...[options]: Parameters<typeof startDynalite>): Promise<RunningEngine> {
  const engine = await startDynalite(options);
  engines.push(engine);
  return engine;
}

/** The engine in a process of its own. Resolves with its endpoint when it is up. */
async function startElsewhere(path: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const script = `
    import { startDynalite } from ${JSON.stringify(join(root, 'dist/engine/dynalite.js'))};
    const engine = await startDynalite({ path: ${JSON.stringify(path)}, command: 'migrate up' });
    process.on('SIGTERM', () => engine.close().then(() => process.exit(0)));
    console.log(engine.endpoint);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, endpoint: String(line).trim() };
}

const client = (endpoint: string) =>
  new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });

async function write(endpoint: string): Promise<void> {
  const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
  const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
  await client(endpoint).send(
    new CreateTableCommand({ TableName: 'KEPT', KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' }),
  );
  // CreateTable answers a moment before the table is there, as it does on AWS.
  const put = () =>
    client(endpoint).send(new PutItemCommand({ TableName: 'KEPT', Item: { id: { S: '1' }, n: { N: '7' } } }));
  await vi.waitFor(put, { timeout: 5000, interval: 5 });
}

const read = async (endpoint: string) =>
  (await client(endpoint).send(new GetItemCommand({ TableName: 'KEPT', Key: { id: { S: '1' } } }))).Item;

test('in memory, each engine has its own data', async () => {
  const [one, other] = [await start(), await start()];
  await write(one.endpoint);
  expect(await read(one.endpoint)).toEqual({ id: { S: '1' }, n: { N: '7' } });
  await expect(read(other.endpoint)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('with a path, data outlive close(), in a folder that git ignores', async () => {
  const path = newPath();
  const first = await start({ path });
  await write(first.endpoint);
  expect(readFileSync(join(path, '.gitignore'), 'utf8')).toBe('*\n');
  await Promise.all([first.close(), first.close()]);
  expect(existsSync(join(path, 'holder.json'))).toBe(false);
  const second = await start({ path });
  expect(await read(second.endpoint)).toMatchObject({ n: { N: '7' } });
});

test('close() does not wait for idle connections', async () => {
  const engine = await start({ path: newPath() });
  await write(engine.endpoint);
  const before = performance.now();
  await engine.close();
  expect(performance.now() - before).toBeLessThan(2000);
});

test('a second process is told who holds the data', async () => {
  const path = newPath();
  const { child } = await startElsewhere(path);
  await expect(startDynalite({ path })).rejects.toMatchObject({
    code: 'LOCK_HELD',
    exitCode: 3,
    message: expect.stringMatching(new RegExp(`process ${child.pid} on \`.+\` \\(\`migrate up\`, since \\d{4}-.*Z\\)`)),
    fix: expect.stringContaining('--lock-timeout'),
  });
});

test('a second process waits until the first has closed, and sees its data', async () => {
  const path = newPath();
  const { child, endpoint } = await startElsewhere(path);
  await write(endpoint);
  const holders: unknown[] = [];
  const onWait = (holder: unknown) => {
    holders.push(holder);
    child.kill('SIGTERM');
  };
  const engine = await start({ path, lockTimeoutMs: 20_000, onWait });
  expect(holders).toEqual([expect.objectContaining({ pid: child.pid, command: 'migrate up' })]);
  expect(await read(engine.endpoint)).toMatchObject({ n: { N: '7' } });
});

test('data survive kill -9, and the file it leaves behind is no lock', async () => {
  const path = newPath();
  const { child, endpoint } = await startElsewhere(path);
  await write(endpoint);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(join(path, 'holder.json'))).toBe(true);
  const engine = await start({ path });
  expect(await read(engine.endpoint)).toMatchObject({ n: { N: '7' } });
  expect(JSON.parse(readFileSync(join(path, 'holder.json'), 'utf8'))).toMatchObject({ pid: process.pid });
});

test('waits by its clock, and gives up at the timeout, whatever the holder file says', async () => {
  const path = newPath();
  await start({ path });
  writeFileSync(join(path, 'holder.json'), 'garbage');
  let now = 0;
  const sleeps: number[] = [];
  const sleep = async (ms: number) => {
    sleeps.push(ms);
    now += ms;
  };
  const waiting = startDynalite({ path, lockTimeoutMs: 1000, clock: { now: () => now, sleep } });
  await expect(waiting).rejects.toMatchObject({
    code: 'LOCK_HELD',
    message: expect.stringContaining('another process'),
  });
  expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBe(1000);
});

test('a signal ends the waiting with its reason', async () => {
  const path = newPath();
  await start({ path });
  const controller = new AbortController();
  const onWait = () => controller.abort(new Error('stopped by hand'));
  await expect(startDynalite({ path, lockTimeoutMs: 60_000, signal: controller.signal, onWait })).rejects.toThrow(
    'stopped by hand',
  );
});

test('says how to install dynalite where it is missing', async () => {
  const importDynalite = () => Promise.reject(new Error("Cannot find package 'dynalite'"));
  await expect(startDynalite({ importDynalite })).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    exitCode: 1,
    fix: 'npm install dynalite',
  });
});

test('a path that cannot be a folder is ENGINE_FAILED', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'engine-')), 'file');
  writeFileSync(path, '');
  await expect(startDynalite({ path })).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    message: expect.stringContaining(path),
    cause: expect.any(Error),
  });
});
