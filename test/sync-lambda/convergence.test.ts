import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cutover, syncGenerate, up, verify } from '../../src/index.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { withFaults } from '../../src/testing/faults.js';
import { type EngineProxy, startProxy } from '../dynamodb/proxy.js';
import { preference, randomFrom } from '../move/items.js';
import { goOn, until, viewMove } from '../move/live-move.js';
import {
  createPreferences,
  createPreferencesProject,
  expectLevel,
  id,
  keys,
  size,
  source,
  target,
} from '../move/preferences.js';
import { startWriters, type Writers } from '../move/writers.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import type { Project } from '../support/project.js';
import { type Mapping, startMapping } from './event-source-mapping.js';
import { type FakeAws, startFakeAws } from './fake-aws.js';
import { type FunctionProcess, startFunction } from './function-process.js';

const kills = 20;
const tick = { dynamigrate: 'tick', mapping: 'm1' };
const clean = { exitCode: 0, verify: { missing: 0, extra: 0, different: 0, failed: 0 } };

describe.runIf(await hasJava())('a live move whose live sync is the generated bundle', () => {
  let server: DynamoDbLocal;
  let proxy: EngineProxy;
  let aws: FakeAws;
  let project: Project;
  let sync: FunctionProcess | undefined;
  let mapping: Mapping | undefined;
  let writers: Writers | undefined;

  beforeEach(async () => {
    server = await startDynamoDbLocal();
    proxy = await startProxy(server.endpoint);
    aws = await startFakeAws();
    aws.mappingLooks = 0;
    await createPreferences(server.client);
    project = await createPreferencesProject(server.endpoint, 10, {
      environment: "sync: 'template', cutover: { cacheSeconds: 0.1, writeSeconds: 0.1 }",
    });
  }, 120_000);

  afterEach(async () => {
    await writers?.stop().catch(() => undefined);
    await mapping?.stop().catch(() => undefined);
    await sync?.close();
    await project.dispose();
    await aws.close();
    await proxy.close();
    await server.close();
  });

  test('converges: writers at full speed, functions killed, batches cut, replayed and half done, throttling', async () => {
    const random = randomFrom(17);
    const options = { cwd: project.directory, processEnv: {} };
    const view = viewMove(server.client, id);
    const row = () => openLedger({ table: openMetaTable({ client: server.client, tableName: 'dynamigrate' }) }).get(id);
    writers = startWriters({
      client: server.client,
      tableName: source,
      keys,
      itemOf: preference,
      tiresAfter: size / 2,
    });
    expect((await goOn(() => up(options))).migrations[0]).toMatchObject({ state: 'waiting', phase: 'sync' });
    await syncGenerate({ ...options, id });
    const file = (name: string) => readFile(join(project.directory, 'sync', id, name));

    const { intercept, counts } = withFaults({ random: randomFrom(23), share: 0.02, lateMs: 1_000 });
    proxy.intercept = intercept;
    sync = await startFunction({
      files: { 'index.mjs': await file('index.mjs') },
      variables: {
        SOURCE_TABLE: source,
        TARGET_TABLE: target,
        META_TABLE: 'dynamigrate',
        DIRECTION: 'up',
        AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
        AWS_ENDPOINT_URL_LAMBDA: aws.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
    const { invoke, kill } = sync;
    const streamArn = (await row())?.move?.streams?.up?.arn ?? '';
    aws.streamArn = streamArn;
    mapping = startMapping(server.endpoint, streamArn, invoke, { random });
    await until(async () => (await invoke(tick).catch(() => undefined)) as unknown);

    const phases = new Map<string | undefined, number>();
    const killed = () => [...phases.values()].reduce((sum, count) => sum + count, 0);
    const killing = (async () => {
      while (killed() < kills || (phases.get('ready') ?? 0) < 5) {
        await delay(500 + random() * 2_000);
        if (!kill()) continue;
        const phase = await view.phase();
        phases.set(phase, (phases.get(phase) ?? 0) + 1);
      }
    })();
    // It copies while the function follows, beside it; then the function is alone with the writers.
    expect((await goOn(() => up(options))).migrations[0]).toMatchObject({ state: 'waiting', phase: 'ready' });
    const before = mapping.handled();
    await killing;
    await until(async () => (mapping?.handled() ?? 0) > before + 200);
    await writers.stop();
    expect(writers.written()).toBeGreaterThan(size);
    expect([...phases.keys()]).toEqual(expect.arrayContaining(['ready']));
    expect(phases.size).toBeGreaterThan(1);

    await mapping.idle();
    await mapping.redeliver(30);
    await mapping.idle();
    expect(mapping.failures()).toBeGreaterThan(0);
    for (const [fault, count] of Object.entries(counts)) expect([fault, count > 0]).toEqual([fault, true]);
    // What killed functions had in flight is on record, as is what may have landed late. The function settles the one
    // after 16 minutes and the other within one; the cutover, which is alone, is done with both, and waits for no tick.
    const settling = invoke(tick).catch(() => undefined);
    await cutover({ ...options, id, acceptLossy: true });
    await settling;
    await expectLevel(server.client);
    expect(await verify({ ...options, id })).toMatchObject(clean);
  }, 300_000);
});
