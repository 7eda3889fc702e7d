import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { execute, setLogger } from 'lambda-local';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openLambdaWatches } from '../../src/ledger/lambda-watch.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openObligations } from '../../src/ledger/obligations.js';
import { bundleSync } from '../../src/sync-lambda/bundle.js';
import { below, randomFrom } from '../move/items.js';
import { startDynalite } from '../support/dynalite.js';
import { allItems, createTable } from '../support/tables.js';
import { type FakeAws, startFakeAws } from './fake-aws.js';

const id = '002-move';
const source = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({ description: 'x', from: table('OLD'), to: table('NEW'), up: (items) => items.rename('a', 'b') });
`;
const packages = fileURLToPath(new URL('../../node_modules/@aws-sdk', import.meta.url));
const quiet = () => undefined;
setLogger({ log: quiet, error: quiet, warn: quiet, info: quiet, debug: quiet, transports: [{}] });

let server: Awaited<ReturnType<typeof startDynalite>>;
let aws: FakeAws;
let folder: string;
let meta: ReturnType<typeof openMetaTable>;
let sequence = 1_000;

beforeAll(async () => {
  server = await startDynalite();
  aws = await startFakeAws();
  aws.mappingLooks = 0;
  aws.streamArn = 'arn:stream';
  for (const name of ['OLD', 'NEW']) await createTable(server.client, name);
  meta = openMetaTable({ client: server.client, tableName: 'dynamigrate' });
  await meta.ensure();
  folder = await mkdtemp(join(tmpdir(), 'dynamigrate-alone-'));
  await writeFile(join(folder, `${id}.ts`), source);
  const bundle = await bundleSync({ id, path: join(folder, `${id}.ts`), checksum: 's1:x', toolVersion: '0' });
  // Lambda's folder: the bundle, and the SDK as a part of the runtime.
  await mkdir(join(folder, 'lambda/node_modules'), { recursive: true });
  await symlink(packages, join(folder, 'lambda/node_modules/@aws-sdk'));
  await writeFile(join(folder, 'lambda/index.mjs'), bundle.code);
  const variables = {
    SOURCE_TABLE: 'OLD',
    TARGET_TABLE: 'NEW',
    META_TABLE: 'dynamigrate',
    DIRECTION: 'up',
    AWS_ENDPOINT_URL_DYNAMODB: server.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: aws.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
  await aws.close();
  await server.close();
});

const invoke = (event: unknown) =>
  execute({
    event: JSON.parse(JSON.stringify(event)),
    lambdaPath: join(folder, 'lambda/index.mjs'),
    lambdaHandler: 'handler',
    esm: true,
    timeoutMs: 30_000,
    verboseLevel: 0,
  });

async function enter(phase: string): Promise<void> {
  let writes = 0;
  const lose = (message: string) => new Error(message) as never;
  const by = { token: 1, nextWrite: () => ++writes, assertHeld: quiet, lose };
  const actor = { host: 'here', pid: 1, user: 'ann' };
  const base = { id, kind: 'move', description: '', checksum: 's1:x', direction: 'up', tables: [] } as const;
  await openLedger({ table: meta }).begin(by, { ...base, by: actor, toolVersion: '0', phase, totalSegments: 1 });
}

const record = (eventName: string, key: string, more = {}) => {
  sequence += 1;
  const dynamodb = { SequenceNumber: String(sequence), Keys: { id: { S: key } }, ...more };
  return { eventName, eventSource: 'aws:dynamodb', dynamodb };
};

/** The old item of a key changes, and the new one follows. */
const moved = async () =>
  new Map(
    [...(await allItems(server.client, 'OLD'))].map(([key, { a, ...item }]) => [key, { ...item, ...(a && { b: a }) }]),
  );

test('keeps the target level: batches that come twice, late and in any order', async () => {
  await enter('ready');
  const random = randomFrom(11);
  const late: unknown[] = [];
  for (let round = 0; round < 25; round++) {
    const batch: unknown[] = [];
    for (let count = 0; count < 8; count++) {
      const key = `item-${below(random, 20)}`;
      const isDeletion = below(random, 3) === 0;
      if (isDeletion) await server.client.send(new DeleteItemCommand({ TableName: 'OLD', Key: { id: { S: key } } }));
      else {
        const a = { N: `${round}.${count}${'1'.repeat(30)}` };
        await server.client.send(new PutItemCommand({ TableName: 'OLD', Item: { id: { S: key }, a } }));
      }
      batch.push(record(isDeletion ? 'REMOVE' : 'MODIFY', key));
    }
    late.push(...batch.filter(() => below(random, 2) === 0));
    expect(await invoke({ Records: batch })).toEqual({ batchItemFailures: [] });
    if (late.length > 0 && below(random, 2) === 0) await invoke({ Records: [late.at(-1), ...late.splice(0, 3)] });
  }
  expect(await allItems(server.client, 'NEW')).toEqual(await moved());
  expect((await moved()).size).toBeGreaterThan(5);
  expect(Object.values(await openObligations({ table: meta }).count(id)).every((count) => count === 0)).toBe(true);
});

test('once a minute says that it is there, for which mapping and version', async () => {
  expect(await invoke({ dynamigrate: 'tick', mapping: 'm1' })).toEqual({ state: 'Enabled', settled: 'nothing to do' });
  const watch = await openLambdaWatches({ table: meta }).get(id, 'up');
  expect(watch).toMatchObject({ mapping: 'm1', state: 'Enabled', streamArn: 'arn:stream', checksum: 's1:x' });
});

test('turns what Lambda gave up into an obligation, once, and a message that is nonsense too', async () => {
  const DDBStreamBatchInfo = { shardId: 'shard-1', startSequenceNumber: '7', endSequenceNumber: '9', batchSize: 3 };
  const body = JSON.stringify({ requestContext: { condition: 'RetryAttemptsExhausted' }, DDBStreamBatchInfo });
  const letter = (messageId: string, text: string) => ({ messageId, eventSource: 'aws:sqs', body: text });
  const event = { Records: [letter('1', body), letter('2', body), letter('3', 'no JSON')] };
  expect(await invoke(event)).toEqual({ batchItemFailures: [] });
  const obligations = openObligations({ table: meta });
  expect(await obligations.count(id)).toMatchObject({ misshapen: 2 });
  const messages: string[] = [];
  for await (const { stored } of obligations.listAll(id)) {
    if (stored.obligation.kind === 'misshapen') messages.push(stored.obligation.error.message);
  }
  expect(messages.join('\n')).toMatch(/gave up 3 records of the shard shard-1, from 7 to 9 \(RetryAttemptsExhausted\)/);
});

test('writes nothing while a cutover is made, and lets go what comes after it', async () => {
  await enter('cutover');
  await server.client.send(new PutItemCommand({ TableName: 'OLD', Item: { id: { S: 'new' }, a: { S: 'x' } } }));
  await expect(invoke({ Records: [record('INSERT', 'new')] })).rejects.toBeDefined();
  // Nor puts anything on record that the cutover would not find.
  const open = await openObligations({ table: meta }).count(id);
  await expect(
    invoke({ Records: [{ messageId: '4', eventSource: 'aws:sqs', body: 'of a batch' }] }),
  ).rejects.toBeDefined();
  expect(await openObligations({ table: meta }).count(id)).toEqual(open);
  await enter('reverse');
  expect(await invoke({ Records: [record('INSERT', 'new')] })).toEqual({ batchItemFailures: [] });
  expect((await allItems(server.client, 'NEW')).has('new')).toBe(false);
  await enter('ready');
  expect(await invoke({ Records: [record('INSERT', 'new')] })).toEqual({ batchItemFailures: [] });
  expect((await allItems(server.client, 'NEW')).get('new')).toEqual({ id: { S: 'new' }, b: { S: 'x' } });
});
