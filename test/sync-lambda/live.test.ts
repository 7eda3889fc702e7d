import { copyFile, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { execute, setLogger } from 'lambda-local';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { complete, cutover, status, syncGenerate, up, verify } from '../../src/index.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { contentsOf, expectSame, scanAll } from '../move/comparing.js';
import { preference, preferenceV2 } from '../move/items.js';
import { createPreferences, id, keys, source, target } from '../move/preferences.js';
import { startWriters, type Writers } from '../move/writers.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createProject, type Project } from '../support/project.js';
import { type Mapping, startMapping } from './event-source-mapping.js';
import { type FakeAws, startFakeAws } from './fake-aws.js';

const migration = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename prefVal, add channel',
  from: table('${source}'),
  to: table('${target}'),
  up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
});
`;
const packages = fileURLToPath(new URL('../../node_modules/@aws-sdk', import.meta.url));

setLogger({
  log: () => undefined,
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  transports: [{}],
});

/** Everything here is the bundle alone, in an empty folder beside the SDK, under lambda-local. */
describe.runIf(await hasJava())('the generated function', () => {
  let server: DynamoDbLocal;
  let aws: FakeAws;
  let project: Project;
  let folder: string;
  let options: { readonly cwd: string; readonly processEnv: Readonly<Record<string, string>> };
  const running: { stop: () => Promise<unknown> }[] = [];

  beforeEach(async () => {
    server = await startDynamoDbLocal();
    aws = await startFakeAws();
    aws.mappingLooks = 0;
    await createPreferences(server.client);
    project = await createProject({
      endpoint: server.endpoint,
      environment: "leaseSeconds: 6, sync: 'template', cutover: { cacheSeconds: 0.1, writeSeconds: 0.1 }",
      files: { [`migrations/${id}.mjs`]: migration },
    });
    options = { cwd: project.directory, processEnv: {} };
    folder = await mkdtemp(join(tmpdir(), 'dynamigrate-lambda-'));
    const variables = {
      SOURCE_TABLE: source,
      TARGET_TABLE: target,
      META_TABLE: 'dynamigrate',
      AWS_ENDPOINT_URL_DYNAMODB: server.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: aws.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  }, 120_000);

  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
    vi.unstubAllEnvs();
    await project.dispose();
    await rm(folder, { recursive: true });
    await aws.close();
    await server.close();
  }, 60_000);

  const row = () => openLedger({ table: openMetaTable({ client: server.client, tableName: 'dynamigrate' }) }).get(id);

  /** Lambda's folder: the bundle, and the SDK as a part of the runtime. */
  async function install(direction: 'up' | 'down') {
    const place = join(folder, direction);
    await mkdir(join(place, 'node_modules'), { recursive: true });
    await symlink(packages, join(place, 'node_modules/@aws-sdk'));
    for (const name of ['index.mjs', 'index.mjs.map']) {
      await copyFile(join(project.directory, 'sync', id, name), join(place, name));
    }
    return (event: unknown) =>
      execute({
        event: JSON.parse(JSON.stringify(event)),
        lambdaPath: join(place, 'index.mjs'),
        lambdaHandler: 'handler',
        esm: true,
        timeoutMs: 30_000,
        environment: { DIRECTION: direction },
        verboseLevel: 0,
      });
  }

  async function mapping(direction: 'up' | 'down', invoke: (event: unknown) => Promise<unknown>): Promise<Mapping> {
    const streamArn = (await row())?.move?.streams?.[direction]?.arn ?? '';
    aws.streamArn = streamArn;
    const started = startMapping(server.endpoint, streamArn, invoke);
    running.push(started);
    return started;
  }

  function write(tableName: string, itemOf: typeof preference): Writers {
    const writers = startWriters({ client: server.client, tableName, keys, itemOf, pauseMs: 10 });
    running.push({ stop: () => writers.stop().catch(() => undefined) });
    return writers;
  }

  async function expectLevel(): Promise<void> {
    const wanted = (await scanAll(server.client, source)).map(preferenceV2);
    expectSame(contentsOf(await scanAll(server.client, target), ['id', 'type']), contentsOf(wanted, ['id', 'type']));
  }

  test('is waited for by `up`, keeps the target level, is kept out by the cutover, and comes back', async () => {
    // The gate: nothing is copied before somebody is there to follow.
    const atGate = await up(options);
    expect(atGate.migrations[0]).toMatchObject({ state: 'waiting', phase: 'sync' });
    expect(atGate.next.map(({ command }) => command)).toEqual(
      expect.arrayContaining([`migrate sync generate ${id}`, 'migrate up']),
    );
    expect((await up(options)).migrations[0]).toMatchObject({ state: 'waiting', phase: 'sync' });
    await syncGenerate({ ...options, id });

    const invoke = await install('up');
    const forward = await mapping('up', invoke);
    expect(await invoke({ dynamigrate: 'tick', mapping: 'm1' })).toMatchObject({ state: 'Enabled' });
    const writers = write(source, preference);
    expect((await up(options)).migrations[0]).toMatchObject({ state: 'waiting', phase: 'ready' });

    // From here on no process follows: what comes over comes by the function.
    const before = forward.handled();
    expect((await status(options)).migrations[0]?.flags).not.toContain('no-sync');
    await vi.waitUntil(() => forward.handled() > before + 300, { timeout: 60_000 });
    await writers.stop();
    await forward.idle();
    await expectLevel();
    const event = JSON.parse(await readFile(join(project.directory, 'sync', id, 'test-event.json'), 'utf8'));
    expect(await invoke(event)).toEqual({ batchItemFailures: [] });
    await expectLevel();

    const { gates } = await cutover({ ...options, id, acceptLossy: true });
    expect(gates?.every(({ open }) => open)).toBe(true);
    // What reaches the old stream now is let go, and reaches the target no more.
    const key = { id: { S: 'item-1' }, type: { N: '0.5' } };
    await invoke({
      Records: [{ eventName: 'REMOVE', eventSource: 'aws:dynamodb', dynamodb: { SequenceNumber: '1', Keys: key } }],
    });
    await expectLevel();

    // The reverse sync is one that nothing has called before.
    const reverse = await install('down');
    const back = await mapping('down', reverse);
    const answer = await reverse({ dynamigrate: 'tick', mapping: 'm2' });
    expect(answer).toMatchObject({ state: 'Enabled' });
    await server.client.send(
      new PutItemCommand({
        TableName: target,
        Item: { ...key, preferenceValue: { S: 'after' }, channel: { S: 'EMAIL' } },
      }),
    );
    await vi.waitUntil(
      async () =>
        (await scanAll(server.client, source)).some((item) => JSON.stringify(item.prefVal) === '{"S":"after"}'),
      { timeout: 30_000 },
    );
    await back.idle();
    expect((await verify({ ...options, id })).verify).toMatchObject({ missing: 0, extra: 0, different: 0 });
    expect(back.failures()).toBe(0);
    await complete({ ...options, id });
    const left = await scanAll(server.client, 'dynamigrate');
    expect(left.filter(({ pk }) => /^(?:lambda|obligations|sync)#/.test(pk && 'S' in pk ? pk.S : ''))).toEqual([]);
  }, 240_000);
});
