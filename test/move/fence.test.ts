import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect } from 'vitest';
import type { Settings } from '../../src/config/resolve-config.js';
import { createClient } from '../../src/dynamodb/client.js';
import { systemClock } from '../../src/ledger/clock.js';
import { raiseFence } from '../../src/migrator/move/raise-fence.js';
import { hasJava } from '../support/dynamodb-local.js';
import { finished } from '../support/project.js';
import { policyStore } from './cutover-policies.js';
import { id, moments, statusOf, succeed, type World } from './cutover-world.js';
import { test } from './world-test.js';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const fence = 'DynamigrateWriteFence';
const foreign = { Sid: 'Readers', Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'dynamodb:GetItem' };
const foreignPolicy = JSON.stringify({ Version: '2012-10-17', Id: 'ours', Statement: [foreign] });

// The engine has no policies; the proxy between it and the commands does.
describe.runIf(await hasJava())('the policy that denies writes during a cutover', { concurrent: true }, () => {
  async function prepare(world: World) {
    const policies = policyStore();
    policies.of(world.source).policy = foreignPolicy;
    world.proxy.intercept = policies.intercept;
    await succeed(world, 'up');
    return policies;
  }

  test('it is up and in effect before the flip, and down after it, there and back; statements of others stay', async ({
    open,
  }) => {
    const world = await open();
    const policies = await prepare(world);
    const { project, proxy, source, target } = world;
    const [left, entered] = [policies.of(source), policies.of(target)];
    const atFlip: { sids: string[]; refused: number }[] = [];
    let refused = 0;
    proxy.intercept = (request) => {
      const answer = policies.intercept(request);
      if (request.operation === 'DeleteItem') refused = answer ? refused + 1 : 0;
      if (moments.flip(request)) atFlip.push({ sids: [...left.sids(), ...entered.sids()], refused });
      return answer;
    };
    const there = await project.run('cutover', id);
    expect([there.code, there.stderr]).toEqual([
      0,
      expect.stringContaining(`a policy denies writes to ${source}; trying`),
    ]);
    expect(atFlip).toEqual([{ sids: ['Readers', fence], refused: 3 }]);
    expect(JSON.parse(left.policy ?? '')).toEqual(JSON.parse(foreignPolicy));
    expect(left.changes).toEqual(['PutResourcePolicy', 'PutResourcePolicy']);
    expect(entered.changes).toEqual([]);

    refused = 0;
    await succeed(world, 'down');
    expect(atFlip[1]).toEqual({ sids: ['Readers', fence], refused: 3 });
    expect(JSON.parse(left.policy ?? '')).toEqual(JSON.parse(foreignPolicy));
  }, 240_000);

  test('a failure before the flip lifts it', async ({ open }) => {
    const world = await open();
    const policies = await prepare(world);
    const { project, proxy, source } = world;
    let wasUp = false;
    proxy.intercept = (request) => {
      wasUp ||= policies.of(source).sids().includes(fence);
      if (wasUp && moments.read(request)) return { status: 400, body: '{"__type":"AccessDeniedException"}' };
      return policies.intercept(request);
    };
    expect(await project.json('cutover', id)).toMatchObject({ exitCode: 1, error: { code: 'ACCESS_DENIED' } });
    expect(wasUp).toBe(true);
    expect(JSON.parse(policies.of(source).policy ?? '')).toEqual(JSON.parse(foreignPolicy));
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
  }, 180_000);

  test('one that has no effect is waited for, in vain: refused, or given up by a person', async ({ open }) => {
    const world = await open();
    const policies = await prepare(world);
    const { project, proxy, source } = world;
    const store = policies.of(source);
    store.inEffect = false;
    const child = project.start('cutover', id, '--json');
    const ended = finished(child);
    let probes = 0;
    proxy.intercept = (request) => {
      if (request.operation === 'DeleteItem' && store.sids().includes(fence)) {
        probes += 1;
        if (probes === 3) child.kill('SIGINT');
      }
      return policies.intercept(request);
    };
    expect((await ended).code).toBe(130);
    expect(probes).toBeGreaterThanOrEqual(3);
    expect(store.sids()).toEqual(['Readers']);
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
    expect(await world.resolver()('NOTES', 'write')).toBe(source);
    expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'ready' });

    proxy.intercept = policies.intercept;
    const through = createClient({ endpoint: proxy.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    let waitedMs = 0;
    const sleep = async (ms: number) => {
      waitedMs += ms;
    };
    const fencer = {
      client: through,
      clock: { ...systemClock, monotonic: () => waitedMs, sleep },
      emit: () => undefined,
      settings: { cutover: { cacheMs: 0, writeMs: 0, denyPolicy: true } } as Settings,
      signal: new AbortController().signal,
    };
    const raised = raiseFence(fencer, { id }, { tableName: source, keyNames: { partitionKey: 'id' } });
    await expect(raised).rejects.toMatchObject({
      code: 'CUTOVER_REFUSED',
      message: expect.stringContaining('still takes writes'),
      fix: expect.stringContaining('denyPolicy'),
    });
    expect(waitedMs).toBeGreaterThanOrEqual(120_000);
    through.destroy();
  }, 180_000);

  test('a role that was refused before cannot try it, and that is said', async ({ open }) => {
    const world = await open();
    const policies = await prepare(world);
    const { project, proxy, source } = world;
    proxy.intercept = (request) =>
      request.operation === 'DeleteItem' && request.input.TableName === source
        ? { status: 400, body: '{"__type":"AccessDeniedException"}' }
        : policies.intercept(request);
    const { code, stderr } = await project.run('cutover', id);
    expect([code, stderr]).toEqual([0, expect.stringContaining('cannot be tried')]);
    expect(stderr).not.toContain('trying that it does');
  }, 180_000);

  test('a target that the move did not make can be written again after `down`', async ({ open }) => {
    const world = await open();
    const policies = await prepare(world);
    const { metaTable, target, client } = world;
    // As if it had been there before.
    const made = Object.values(await world.dump()).filter((row) => JSON.stringify(row.pk).includes('made'));
    expect(made).toHaveLength(1);
    for (const { pk, sk } of made) {
      await client.send(new DeleteItemCommand({ TableName: metaTable, Key: { pk, sk } as never }));
    }
    await succeed(world, 'cutover', id);
    await succeed(world, 'down');
    expect(await world.tables()).toEqual(['NOTES', 'REMARKS']);
    expect(policies.of(target).changes).toHaveLength(2);
    expect(policies.of(target).policy).toBeUndefined();
  }, 240_000);
});
