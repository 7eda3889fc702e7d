import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findMove } from '../../src/commands/move-command.js';
import { openSession } from '../../src/commands/session.js';
import { followStream } from '../../src/dynamodb/streams/follow-stream.js';
import { syncRun, up, verify } from '../../src/index.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { syncOrigin } from '../../src/ledger/origin.js';
import { streamHandler } from '../../src/migrator/move/follow-move.js';
import { openPorts } from '../../src/migrator/move/ports.js';
import { createSettler } from '../../src/migrator/move/settler.js';
import { takeSyncLease } from '../../src/migrator/move/with-sync.js';
import { withFaults } from '../../src/testing/faults.js';
import { type EngineProxy, startProxy } from '../dynamodb/proxy.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { finished, type Project } from '../support/project.js';
import { deliverChaotically } from './chaotic-delivery.js';
import { preference, randomFrom } from './items.js';
import { keepRunning } from './kept-process.js';
import { goOn, type MoveView, until, viewMove } from './live-move.js';
import {
  createPreferences,
  createPreferencesProject,
  expectLevel,
  id,
  keys,
  marker,
  size,
  source,
} from './preferences.js';
import { startWriters, type Writers } from './writers.js';

let server: DynamoDbLocal;
let proxy: EngineProxy;
let view: MoveView;
let project: Project | undefined;
let writers: Writers | undefined;

beforeEach(async () => {
  // Its streams slow down as records pile up: each test gets its own.
  server = await startDynamoDbLocal();
  proxy = await startProxy(server.endpoint);
  view = viewMove(server.client, id);
  await createPreferences(server.client);
}, 120_000);

afterEach(async () => {
  await writers?.stop().catch(() => undefined);
  await project?.dispose();
  await proxy.close();
  await server.close();
  writers = undefined;
  project = undefined;
});

const clean = { exitCode: 0, verify: { missing: 0, extra: 0, different: 0, failed: 0 } };

/** At full speed, until there is more in the stream than a busy machine reads while a test lasts. */
function write(pauseMs = 0): Writers {
  writers = startWriters({
    client: server.client,
    tableName: source,
    keys,
    itemOf: preference,
    pauseMs,
    tiresAfter: size,
  });
  return writers;
}

describe.runIf(await hasJava())('a live move converges', () => {
  test('with both of its processes killed 20 times', async () => {
    const kills = 20;
    project = await createPreferencesProject(server.endpoint, 2);
    const { written, stop } = write();
    const up = keepRunning(project, ['up', '--quiet'], ['LEASE_LOST']);
    const killedIn: (string | undefined)[] = [];
    // The first phases are short: a death at the beginning of each.
    for (const passed of [undefined, 'prepare', 'sync']) {
      await until(async () => (await view.phase()) !== passed, 10);
      killedIn.push(await view.phase());
      up.kill();
    }
    const sync = keepRunning(project, ['sync', 'run', id, '--quiet'], ['LEASE_LOST', 'LOCK_HELD']);
    const inVerify = until(async () => (await view.phase()) === 'verify').then(() => {
      killedIn.push('verify');
      up.kill();
    });
    const random = randomFrom(3);
    while (killedIn.length < kills) {
      const isUp = up.isRunning() && random() < 0.5;
      const victim = isUp ? up : sync;
      const pid = victim.pid();
      // Most of them when they have had the lock, or the stream, for a while; some before.
      for (let looks = 0; looks < 40 && victim.pid() === pid; looks++) {
        if ((await view.holder(isUp ? 'commands' : 'sync')) === pid) break;
        await delay(100);
      }
      await delay(random() * 1_500);
      if (!victim.isRunning() || victim.pid() !== pid) continue;
      killedIn.push(await view.phase());
      victim.kill();
    }
    await inVerify;
    expect(killedIn).toEqual(expect.arrayContaining(['prepare', 'backfill', 'verify']));
    expect(await up.ended).toMatchObject({ code: 0 });
    expect(await view.phase()).toBe('ready');
    await stop();
    expect(written()).toBeGreaterThan(size);
    await view.untilLevel(marker);
    sync.stop();
    await sync.ended;

    await expectLevel(server.client);
    expect(await project.json('verify', id)).toMatchObject(clean);
    await expectLevel(server.client);
  }, 1_200_000);

  test('with half of each batch unprocessed, throttling, lost answers and writes that land late', async () => {
    project = await createPreferencesProject(proxy.endpoint, 10);
    const { intercept, counts } = withFaults({ random: randomFrom(11), share: 0.02, lateMs: 1_000 });
    proxy.intercept = intercept;
    const { stop } = write();
    const cwd = project.directory;
    const ended = new AbortController();
    const begun = goOn(() => up({ cwd }));
    await Promise.race([begun, until(async () => (await view.phase()) === 'backfill')]);
    // It waits for as long as `up` follows the stream itself.
    const sync = goOn(() => syncRun({ cwd, id, signal: ended.signal, lockTimeout: 600 })).catch(
      (error: unknown) => error,
    );
    expect(await begun).toMatchObject({ ok: true });
    await stop();
    await view.untilLevel(marker);
    ended.abort();
    expect(await sync).toMatchObject({ code: 'INTERRUPTED' });

    await expectLevel(server.client);
    proxy.intercept = () => undefined;
    expect(await verify({ cwd, id })).toMatchObject(clean);
    await expectLevel(server.client);
    for (const [fault, count] of Object.entries(counts)) expect([fault, count > 0]).toEqual([fault, true]);
  }, 1_200_000);

  test('with the batches of the stream replayed, cut anew, reordered, and handled several at once', async () => {
    project = await createPreferencesProject(server.endpoint, 30);
    const { stop } = write();
    const cwd = project.directory;
    const begun = goOn(() => up({ cwd }));
    await until(async () => (await view.phase()) === 'prepare', 10);
    const session = await openSession('sync run', { cwd });
    try {
      const { migrator } = session;
      const { clock, ledger, streamCheckpoints, syncStatus } = migrator;
      // Before `up` has it: then it leaves the stream to us.
      const lease = await takeSyncLease(migrator, { id }, { timeoutMs: 5_000 });
      const { move } = await findMove(session, id, await session.rows());
      const streamArn = await until(async () => (await ledger.get(id))?.move?.streams?.up?.arn);
      const ports = openPorts(migrator, move, { direction: 'up', lease, origin: syncOrigin(lease) });
      const settler = createSettler(migrator, move, ports);
      const chaos = deliverChaotically(streamHandler(move, ports, settler, migrator.emit), randomFrom(5));
      const state = { caughtUp: false, handled: 0, handledUpTo: undefined as number | undefined };
      const stopped = new AbortController();
      const { signal } = stopped;
      const following = followStream({
        client: migrator.streams(),
        streamArn,
        handle: async (records) => {
          await chaos.handle(records);
        },
        checkpoints: streamCheckpoints.bind(lease, { id, direction: 'up', streamArn }),
        signal,
        clock,
        batchSize: 500,
        onEvent: (event) => {
          if (event.type === 'handled') state.handled += event.records;
          else if (event.type === 'caught-up' || event.type === 'behind') state.caughtUp = event.type === 'caught-up';
        },
        onHandledUpTo: (at) => {
          state.handledUpTo = at;
        },
      });
      const telling = (async () => {
        while (!signal.aborted) {
          const { caughtUp, handled, handledUpTo } = state;
          const lagMs = handledUpTo === undefined ? undefined : clock.monotonic() - handledUpTo;
          await syncStatus.save(lease, id, 'up', { streamArn, caughtUp, handled, lagMs: caughtUp ? 0 : lagMs });
          await settler.settle();
          await clock.sleep(500, { signal });
        }
      })();
      expect(await begun).toMatchObject({ ok: true });
      await stop();
      await view.untilLevel(marker);
      await expectLevel(server.client);
      await chaos.redeliver(100);
      await expectLevel(server.client);
      expect(chaos.delivered()).toBeGreaterThan(100);
      stopped.abort();
      await Promise.all([following, telling]);
      await lease.release();
    } finally {
      await session.close();
    }
    expect(await verify({ cwd, id })).toMatchObject(clean);
  }, 1_200_000);

  test('a process that stood still beyond its lease writes nothing more, and fails with LEASE_LOST', async () => {
    project = await createPreferencesProject(proxy.endpoint, 8);
    // Its lease is to be lost when it stands still, and not before.
    const { stop } = write(50);
    const frozen = project.start('up', '--quiet');
    const frozenEnded = finished(frozen);
    let batches = 0;
    let isAwake = true;
    const later: string[] = [];
    proxy.intercept = ({ operation, input }) => {
      if (operation === 'BatchWriteItem') batches += 1;
      // In the middle of its writes: this one is made, and its answer waits.
      if (batches === 5 && isAwake) {
        isAwake = false;
        frozen.kill('SIGSTOP');
      } else if (!isAwake && isWrite(operation) && !isHeartbeat(input) && !isHarmless(input)) {
        later.push(`${operation} ${JSON.stringify(input)}`);
      }
      return undefined;
    };
    const early = await Promise.race([frozenEnded, until(async () => !isAwake)]);
    expect(early).toBe(true);
    const next = keepRunning(project, ['up', '--quiet', '--endpoint', server.endpoint], ['LEASE_LOST']);
    expect(await next.ended).toMatchObject({ code: 0 });
    await stop();
    const sync = keepRunning(
      project,
      ['sync', 'run', id, '--quiet', '--endpoint', server.endpoint],
      ['LEASE_LOST', 'LOCK_HELD'],
    );
    await view.untilLevel(marker);
    await expectLevel(server.client);
    later.length = 0;
    frozen.kill('SIGCONT');
    const { code, stderr } = await frozenEnded;
    expect(stderr).toContain('LEASE_LOST');
    expect(code).toBe(1);
    expect(later).toEqual([]);
    // An obligation that was under way is one more look at its items.
    await view.untilLevel(marker);
    await expectLevel(server.client);
    sync.stop();
    await sync.ended;
  }, 600_000);
});

function isWrite(operation: string): boolean {
  return /^(?:BatchWrite|Put|Update|Delete)/.test(operation);
}

/**
 * Conditional on its holder: by it a process learns that it is not any more. Of the lock, or of a segment. Or the row
 * of its own, in which a process says how fast it is.
 */
function isHeartbeat({ Key, Item, ExpressionAttributeNames = {} }: Record<string, unknown>): boolean {
  const { pk } = (Key ?? Item ?? {}) as RawItem;
  if (pk === undefined || !('S' in pk)) return false;
  if (pk.S.startsWith('pace#')) return true;
  const names = Object.values(ExpressionAttributeNames as Record<string, string>);
  return pk.S === 'lock' || (pk.S === `checkpoints#${id}` && names.includes('heartbeatAt'));
}

/**
 * To the meta table, on condition that nobody with a later lease was there, or an obligation. What was under way when
 * the process was stopped may still arrive: the one is refused, and the other has some items looked at once more.
 */
function isHarmless({ Item, ConditionExpression = '' }: Record<string, unknown>): boolean {
  const { pk } = (Item ?? {}) as RawItem;
  const isObligation = pk !== undefined && 'S' in pk && pk.S.startsWith('obligations#');
  return isObligation || /#gtoken < :gtoken/.test(String(ConditionExpression));
}
