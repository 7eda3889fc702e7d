import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { defineMigration } from '../../src/definition/define-migration.js';
import { table } from '../../src/definition/table.js';
import { MigrateError } from '../../src/errors.js';
import type { Clock } from '../../src/ledger/clock.js';
import { deploySync, removeSync } from '../../src/sync-lambda/deploy/deploy-sync.js';
import { type GeneratedSync, generateSync } from '../../src/sync-lambda/generate.js';
import { type FakeAws, startFakeAws } from './fake-aws.js';

const id = '002-move';
const streamArn = (name: string) => `arn:aws:dynamodb:us-east-1:123456789012:table/${name}/stream/2026`;
const definition = defineMigration({
  description: 'Rename prefVal',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('prefVal', 'value'),
});
const source = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({ description: 'x', from: table('OLD'), to: table('NEW'), up: (items) => items.rename('a', 'b') });
`;

let folder: string;
let generated: GeneratedSync;
let aws: FakeAws;
let said: string[];
let now = 0;
/** Nobody waits; the wall moves on with each look. */
const clock: Clock = {
  wall: () => {
    now += 1;
    return now;
  },
  monotonic: () => now,
  sleep: async () => undefined,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamigrate-deploy-'));
  const path = join(folder, `${id}.ts`);
  await writeFile(path, source);
  generated = await generateSync({
    migration: { id, path, checksum: 's1:x', definition },
    environment: 'production',
    region: 'us-east-1',
    toolVersion: '0',
    source: 'OLD',
    target: 'NEW',
    metaTable: 'dynamigrate',
    sourceStreamArn: streamArn('OLD'),
    keys: { id: 'S' },
  });
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  aws = await startFakeAws();
  said = [];
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await aws.close();
});

const connection = { region: 'us-east-1' };
const stack = () => aws.stacks.get(generated.stackName);
const object = () => `/code/${generated.artifactKey}`;

function deploy(more: Record<string, string> = {}, signal = new AbortController().signal) {
  return deploySync({
    connection,
    generated,
    migration: id,
    bucket: 'code',
    parameters: { SourceStreamArn: streamArn('OLD'), TargetStreamArn: '', ...more },
    clock,
    signal,
    say: (message) => said.push(message),
    consent: async (changes) => {
      said.push(`consent to ${changes.length}`);
    },
  });
}

const remove = () =>
  removeSync({
    connection,
    stackName: generated.stackName,
    clock,
    signal: new AbortController().signal,
    say: (message) => said.push(message),
  });

test('makes the stack once its changes were shown, and waits until Lambda reads the stream', async () => {
  expect(await deploy()).toMatchObject({ result: 'created', outputs: { SyncMappingId: 'uuid-SyncMapping' } });
  expect(aws.objects.get(object())?.length).toBe(generated.zip.length);
  expect(stack()).toMatchObject({ status: 'CREATE_COMPLETE' });
  expect(aws.mappingLooks).toBe(0);
  const consent = said.findIndex((line) => line.startsWith('consent to'));
  expect(said.findIndex((line) => /add SyncMapping \(AWS::Lambda::EventSourceMapping\)/.test(line))).toBeLessThan(
    consent,
  );
  expect(said.findIndex((line) => line.startsWith('making the stack'))).toBeGreaterThan(consent);
  expect(said.some((line) => line.includes('ReverseSyncMapping'))).toBe(false);
});

test('changes nothing the second time, and what has to be the third', async () => {
  await deploy({ MemorySize: '1024' });
  aws.calls.length = 0;
  expect(await deploy()).toMatchObject({ result: 'unchanged' });
  expect(aws.calls.filter((call) => /^PUT|Execute/.test(call))).toEqual([]);
  const after = await deploy({ TargetStreamArn: streamArn('NEW') });
  expect(after).toMatchObject({ result: 'updated', outputs: { ReverseSyncMappingId: 'uuid-ReverseSyncMapping' } });
  // Said once, it is kept.
  expect(stack()?.parameters).toMatchObject({ MemorySize: '1024', TargetStreamArn: streamArn('NEW') });
});

test('a stack that looks for a moment as it was before is not taken for one that is done', async () => {
  aws.isSlow = true;
  expect(await deploy()).toMatchObject({ result: 'created', outputs: { SyncMappingId: 'uuid-SyncMapping' } });
  expect(stack()).toMatchObject({ status: 'CREATE_COMPLETE', next: [] });
  expect(await deploy({ MemorySize: '1024' })).toMatchObject({ result: 'updated' });
  expect(stack()).toMatchObject({ status: 'UPDATE_COMPLETE', next: [] });
});

test('without consent nothing is changed', async () => {
  const refused = deploySync({
    connection,
    generated,
    migration: id,
    bucket: 'code',
    parameters: { SourceStreamArn: streamArn('OLD') },
    clock,
    signal: new AbortController().signal,
    say: () => undefined,
    consent: () => Promise.reject(new MigrateError('PROTECTED_ENVIRONMENT', 'no')),
  });
  await expect(refused).rejects.toMatchObject({ code: 'PROTECTED_ENVIRONMENT' });
  expect(aws.calls).not.toContain('ExecuteChangeSet');
  expect(stack()?.status).toBe('REVIEW_IN_PROGRESS');
  expect(await deploy()).toMatchObject({ result: 'created' });
});

test('a stack that fails is told of with the resource that failed first, and made again from nothing', async () => {
  aws.failing = { id: 'SyncRole', reason: 'User is not authorized to perform: iam:CreateRole' };
  await expect(deploy()).rejects.toMatchObject({
    code: 'STACK_FAILED',
    message: expect.stringMatching(/ROLLBACK_COMPLETE: `SyncRole` \(AWS::IAM::Role\): User is not authorized/),
  });
  aws.failing = undefined;
  expect(await deploy()).toMatchObject({ result: 'created' });
  aws.failing = { id: 'SyncFunction', reason: 'the bucket is in another region' };
  await expect(deploy({ MemorySize: '2048' })).rejects.toThrow(
    /UPDATE_ROLLBACK_COMPLETE: `SyncFunction` .*another region/,
  );
  aws.failing = undefined;
  expect(await deploy({ MemorySize: '2048' })).toMatchObject({ result: 'updated' });
});

test.each([
  ['CreateChangeSet', 'created'],
  ['DescribeChangeSet', 'created'],
  ['ExecuteChangeSet', 'created'],
  ['GetEventSourceMapping', 'unchanged'],
])('interrupted at %s it goes on, and ends the same', async (at, result) => {
  const stop = new AbortController();
  aws.before = (call) => {
    if (call === at) stop.abort(new MigrateError('INTERRUPTED', 'stopped'));
    // Killed: what was sent may or may not have arrived.
    if (stop.signal.aborted) throw new Error('killed');
  };
  await expect(deploy({}, stop.signal)).rejects.toBeDefined();
  aws.before = () => undefined;
  expect(await deploy()).toMatchObject({ result });
  expect(stack()?.status).toBe('CREATE_COMPLETE');
});

test('killed while CloudFormation works, it waits for that, and finds nothing left to do', async () => {
  let executed = false;
  aws.before = (call) => {
    if (executed) throw new Error('killed');
    executed = call === 'ExecuteChangeSet';
  };
  await expect(deploy()).rejects.toBeDefined();
  aws.before = () => undefined;
  expect(stack()?.next).not.toEqual([]);
  said = [];
  expect(await deploy()).toMatchObject({ result: 'unchanged', outputs: { SyncMappingId: 'uuid-SyncMapping' } });
  expect(said[0]).toMatch(/^waiting for the stack .* which is CREATE_IN_PROGRESS$/);
});

test('remove deletes stack and zip, and finds nothing the second time', async () => {
  await deploy();
  expect(await remove()).toBe(true);
  expect(stack()?.status).toBe('DELETE_COMPLETE');
  expect(aws.objects.size).toBe(0);
  expect(await remove()).toBe(false);
  expect(await deploy()).toMatchObject({ result: 'created' });
});

test('a deletion that fails is told of with its resource, and ended by whatever is run next', async () => {
  const failing = { id: 'SyncRole', reason: 'User is not authorized to perform: iam:DeleteRole' };
  for (const next of [remove, deploy]) {
    aws.failing = undefined;
    await deploy();
    aws.failing = failing;
    await expect(remove()).rejects.toMatchObject({
      code: 'STACK_FAILED',
      message: expect.stringMatching(/DELETE_FAILED: `SyncRole` \(AWS::IAM::Role\): User is not authorized/),
      fix: expect.stringMatching(/run the same command again: it deletes what is left$/),
    });
    await expect(next()).rejects.toMatchObject({ code: 'STACK_FAILED' });
    aws.failing = undefined;
    await next();
    expect(stack()?.status).toBe(next === remove ? 'DELETE_COMPLETE' : 'CREATE_COMPLETE');
  }
});

test('a stack whose rollback failed is left as it is, and what to do about it is said', async () => {
  await deploy();
  Object.assign(stack() ?? {}, { status: 'UPDATE_ROLLBACK_FAILED' });
  aws.calls.length = 0;
  await expect(deploy({ MemorySize: '1024' })).rejects.toMatchObject({
    code: 'STACK_FAILED',
    fix: expect.stringMatching(/continue-update-rollback/),
  });
  expect(aws.calls.filter((call) => /ChangeSet|DeleteStack/.test(call))).toEqual([]);
});
