import { join } from 'node:path';
import aslValidator from 'asl-validator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stateMachineName } from '../../src/backfill/state-machine-name.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { backfillStateMachine } from '../../src/sync-lambda/state-machine.js';
import { keepRunning } from '../move/kept-process.js';
import { createKeyedTable, until } from '../move/live-move.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createProject, finished, type Project } from '../support/project.js';
import { allItems, putItems } from '../support/tables.js';
import { type Lambda, startLambda } from './lambda.js';
import { type StepFunctions, startStepFunctions } from './step-functions.js';

/** More than a test that runs often should have: `BACKFILL_ITEMS=50000 npx vitest run test/backfill/state-machine`. */
const size = Number(process.env.BACKFILL_ITEMS ?? 4_000);
/** What stands for 15 minutes. */
const limitMs = 2_000;
const id = '001-rename';
const migration = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename a to b',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('a', 'b'),
});
`;

let engine: Dynalite;
let project: Project;
let lambda: Lambda;
let stepFunctions: StepFunctions;

beforeEach(async () => {
  engine = await startDynalite();
  stepFunctions = await startStepFunctions({ worker: (event) => lambda.invoke(event), maxConcurrency: 3 });
  project = await createProject({
    endpoint: engine.endpoint,
    environment: "leaseSeconds: 3, backfill: 'step-functions'",
    files: { [`migrations/${id}.mjs`]: migration },
    env: {
      AWS_ENDPOINT_URL_SFN: stepFunctions.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    },
  });
  lambda = startLambda({
    id,
    migration: join(project.directory, 'migrations', `${id}.mjs`),
    source: 'OLD',
    target: 'NEW',
    endpoint: engine.endpoint,
    leaseSeconds: 0.5,
    limitMs,
    killed: 0.4,
    killedWithinMs: Math.min(limitMs, size / 10),
  });
  await createKeyedTable(engine.client, 'OLD', { id: 'S' });
  const items = Array.from({ length: size }, (_, index): RawItem => ({ id: { S: `i${index}` }, a: { N: `${index}` } }));
  await putItems(engine.client, 'OLD', items);
}, 300_000);
afterEach(async () => {
  await lambda.close();
  await stepFunctions.close().catch(() => undefined);
  await project.dispose();
  await engine.close();
});

/** With so short a lease a busy machine can miss heartbeats of the lock; the same command goes on then. */
const upToGate = () => keepRunning(project, ['up'], ['LEASE_LOST']).ended;

test('the state machine is one, by the rules of the language', () => {
  const worker = 'arn:aws:lambda:eu-west-1:123456789012:function:worker';
  const { isValid, errorsText } = aslValidator(backfillStateMachine({ worker }) as never);
  expect(errorsText()).toBe('');
  expect(isValid).toBe(true);
});

test('workers that are killed at random, and have two seconds at a time, copy everything', async () => {
  const first = project.start('up');
  const stopped = finished(first);
  await until(async () => stepFunctions.executions.size > 0);
  first.kill('SIGTERM');
  expect((await stopped).stderr).toContain('started the execution');
  const { code, stderr } = await upToGate();
  expect(stderr).toContain('following the execution');
  // `up` ends with a verify of every item, and fails where it finds a difference.
  expect([code, stderr]).toEqual([0, expect.stringContaining(`of ${size.toLocaleString('en-US')} items copied`)]);
  const [execution, ...others] = [...stepFunctions.executions.values()];
  expect([execution?.status, others]).toEqual(['SUCCEEDED', []]);
  expect(await project.json('verify', id)).toMatchObject({ ok: true, verify: { missing: 0, extra: 0, different: 0 } });
  const copied = await allItems(engine.client, 'NEW');
  expect(copied.size).toBe(size);
  for (let index = 0; index < size; index++) {
    expect(copied.get(`i${index}`)).toEqual({ id: { S: `i${index}` }, b: { N: `${index}` } });
  }
  expect(lambda.counts.killed).toBeGreaterThan(0);
  console.info(`${size} items`, lambda.counts);
}, 600_000);

test('without the state machine `up` stops, and says what is missing', async () => {
  stepFunctions.isDeployed = false;
  expect(await project.json('up')).toMatchObject({
    exitCode: 7,
    error: { code: 'MIGRATION_UNFINISHED', message: expect.stringContaining(':stateMachine:dynamigrate-001-rename-b') },
  });
  await stepFunctions.close();
  expect(await project.json('up')).toMatchObject({
    error: { code: 'ENDPOINT_UNREACHABLE', message: expect.stringContaining('Step Functions') },
  });
}, 60_000);

test('what an execution that fails has left is finished by `up`', async () => {
  lambda.invoke = async () => {
    throw new Error('no such function');
  };
  const { code, stderr } = await upToGate();
  expect(stderr).toMatch(/warning: the execution \S+ ended as FAILED .*what is left of the backfill is done by this/);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  expect((await allItems(engine.client, 'NEW')).size).toBe(size);
}, 300_000);

/** Works for a while; then each invocation fails, until it is mended. */
function breakAfter(invocations: number): { mend: () => void; worked: () => number } {
  const { invoke } = lambda;
  let worked = 0;
  lambda.invoke = async (event) => {
    if (worked >= invocations) throw new Error('no such function');
    worked += 1;
    return invoke(event);
  };
  return {
    mend() {
      lambda.invoke = invoke;
    },
    worked: () => worked,
  };
}

async function expectCopied(): Promise<void> {
  expect(await project.json('verify', id)).toMatchObject({ ok: true, verify: { missing: 0, extra: 0, different: 0 } });
  expect((await allItems(engine.client, 'NEW')).size).toBe(size);
}

test('an execution that failed half-way and is driven again finishes what is left, with nobody beside it', async () => {
  const broken = breakAfter(3);
  const first = project.start('up');
  const ended = finished(first);
  await until(async () => broken.worked() > 0);
  first.kill('SIGKILL');
  await ended;
  const [name = ''] = stepFunctions.executions.keys();
  const status = () => stepFunctions.executions.get(name)?.status;
  await until(async () => status() === 'FAILED');
  const before = (await allItems(engine.client, 'NEW')).size;
  expect(before).toBeLessThan(size);
  // The items are at rest, and so is the process that began it.
  broken.mend();
  stepFunctions.redrive(name);
  await until(async () => status() !== 'RUNNING');
  expect(status()).toBe('SUCCEEDED');
  expect((await allItems(engine.client, 'NEW')).size).toBe(size);
  const { code, stderr } = await upToGate();
  expect([code, stderr]).toEqual([0, expect.stringContaining(`of ${size.toLocaleString('en-US')} items copied`)]);
  await expectCopied();
}, 300_000);

test('`up` finishes by itself what the state machine began', async () => {
  const broken = breakAfter(3);
  const { code, stderr } = await upToGate();
  expect(broken.worked()).toBe(3);
  expect(stderr).toMatch(/the execution \S+ ended as FAILED/);
  expect([code, stderr]).toEqual([0, expect.stringContaining(`of ${size.toLocaleString('en-US')} items copied`)]);
  await expectCopied();
}, 300_000);

test('two long names do not become one', () => {
  const long = 'x'.repeat(100);
  const names = [`${long}1`, `${long}2`].map((one) => stateMachineName({ metaTable: 'dynamigrate', id: one }));
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  expect(stateMachineName({ metaTable: 'meta.table', id: '001-a' })).toBe('meta-table-001-a-backfill');
});
