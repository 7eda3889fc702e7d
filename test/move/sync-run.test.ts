import { isDeepStrictEqual } from 'node:util';
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runSyncRun } from '../../src/commands/sync-run.js';
import { complete, cutover, down, status, up } from '../../src/index.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { readLock } from '../../src/ledger/lock-row.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openStreamCheckpoints } from '../../src/ledger/stream-checkpoints.js';
import { syncLockKey } from '../../src/ledger/sync-lease.js';
import { openSyncStatus } from '../../src/ledger/sync-status.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { finished } from '../support/project.js';
import { allItems, createTable, putItems } from '../support/tables.js';
import { contentsOf, expectSame, scanAll } from './comparing.js';
import { type MoveWorld, openMoveWorld, startSync, until } from './verify-world.js';

const id = '001-move';
const renaming = (name: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename text to body',
  from: table('${name}'),
  to: table('${name}2'),
  up: (items) => items.rename('text', 'body'),
});
`;
const steps = `import { defineSteps } from 'dynamigrate';
export default defineSteps({ description: 'Nothing', up: async () => {}, irreversible: 'nothing' });
`;

const note = (key: string, text: string): RawItem => ({ id: { S: key }, text: { S: text } });
const moved = ({ text, ...item }: RawItem): RawItem => ({ ...item, ...(text && { body: text }) });

describe.runIf(await hasJava())('sync run', () => {
  let server: DynamoDbLocal;
  let world: MoveWorld;
  let table: string;
  let meta: ReturnType<typeof openMetaTable>;
  let count = 0;

  beforeAll(async () => {
    server = await startDynamoDbLocal();
  }, 120_000);
  afterEach(() => world?.dispose());
  afterAll(() => server?.close());

  async function open(): Promise<void> {
    count += 1;
    table = `TABLE-${count}-`;
    const metaTable = `meta-${count}`;
    meta = openMetaTable({ client: server.client, tableName: metaTable });
    await createTable(server.client, table);
    await putItems(
      server.client,
      table,
      Array.from({ length: 30 }, (_, index) => note(`note-${index}`, 'before')),
    );
    world = await openMoveWorld({ server, id, source: renaming(table), metaTable });
  }
  async function atGate(): Promise<void> {
    await open();
    await up(world.options);
  }
  const put = (Item: RawItem, TableName = table) => server.client.send(new PutItemCommand({ TableName, Item }));
  const remove = (key: string, TableName = table) =>
    server.client.send(new DeleteItemCommand({ TableName, Key: { id: { S: key } } }));
  const start = (...flags: string[]) => {
    const child = world.project.start('sync', 'run', id, ...flags);
    return { child, ended: finished(child) };
  };
  const handled = async () => (await openSyncStatus({ table: meta }).get(id, 'up'))?.handled;
  async function expectLevel(): Promise<void> {
    const source = (await scanAll(server.client, table)).map(moved);
    expectSame(contentsOf(await scanAll(server.client, `${table}2`), ['id']), contentsOf(source, ['id']));
  }

  test('takes over where another one was killed, from its positions', async () => {
    await atGate();
    const { child, ended } = start();
    await world.following();
    for (let index = 0; index < 60; index++) await put(note(`early-${index}`, 'x'));
    await world.caughtUp();
    await until(async () => ((await handled()) ?? 0) >= 60);
    child.kill('SIGKILL');
    await ended;
    await put(note('note-1', 'while nobody followed'));
    await remove('note-2');
    const sync = startSync(world.options, id);
    await world.caughtUp();
    expect(await handled()).toBeLessThan(60);
    await sync.stop();
    await expectLevel();
  }, 120_000);

  test('a second one gives up after --lock-timeout, or waits; SIGTERM saves the positions and frees the lease', async () => {
    await atGate();
    const { child, ended } = start();
    await world.following();
    const second = await start('--lock-timeout', '1', '--json').ended;
    expect(second.code).toBe(3);
    expect(JSON.parse(second.stdout)).toMatchObject({ exitCode: 3, error: { code: 'LOCK_HELD', migration: id } });

    const waiting = startSync(world.options, id);
    const isWaiting = /^waiting for .* which follows the stream of/;
    await until(() => waiting.events.some((event) => event.type === 'note' && isWaiting.test(event.message)));
    await put(note('note-3', 'before the end'));
    await world.caughtUp();
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    await put(note('note-4', 'after the end'));
    await world.caughtUp();
    expect((await waiting.stop()).report).toMatchObject({ error: { code: 'INTERRUPTED' } });
    await expectLevel();
    // Nobody has to wait for the lease to run out.
    expect(await readLock(meta, syncLockKey(id))).toBeUndefined();
    const positions = await openStreamCheckpoints({ table: meta }).list(id);
    expect(positions.filter(({ binding }) => binding.direction === 'up')).not.toEqual([]);
  }, 120_000);

  test('follows the source before the cutover and the target after it, and ends with the move', async () => {
    await atGate();
    const sync = startSync(world.options, id);
    await world.following();
    await put(note('note-5', 'before the cutover'));
    await world.caughtUp();
    await expectLevel();
    await cutover({ ...world.options, id });
    await world.following('down');
    await put(moved(note('note-6', 'after the cutover')), `${table}2`);
    await remove('note-7', `${table}2`);
    await until(async () => {
      const items = await allItems(server.client, table);
      const changed = isDeepStrictEqual(items.get('note-6'), note('note-6', 'after the cutover'));
      return changed && !items.has('note-7');
    });
    await expectLevel();
    await complete({ ...world.options, id });
    expect((await sync.outcome).report).toMatchObject({ exitCode: 0, error: null });
    // One that comes too late has nothing to do, and says so.
    const late = await start().ended;
    expect(late.code).toBe(0);
    expect(late.stderr).toContain('nothing is left to follow');
  }, 120_000);

  test('ends when the move is taken back', async () => {
    await atGate();
    const { ended } = start();
    await world.following();
    await down(world.options);
    const { code, stderr } = await ended;
    expect({ code, last: /not under way: nothing is left to follow/.test(stderr) }).toEqual({ code: 0, last: true });
    expect(await world.row()).toBeUndefined();
  }, 120_000);

  test('`up --stay` follows on after the gate, until SIGINT', async () => {
    await open();
    const child = world.project.start('up', '--stay');
    const ended = finished(child);
    await until(async () => (await world.row())?.phase === 'ready');
    await put(note('note-8', 'at the gate'));
    await world.caughtUp();
    await expectLevel();
    // Without the lock: others may work.
    expect((await world.project.run('errors', id, '--retry', '--lock-timeout', '10')).code).toBe(0);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(await world.row()).toMatchObject({ phase: 'ready', state: 'waiting' });
    expect(await readLock(meta, syncLockKey(id))).toBeUndefined();
  }, 120_000);

  test('status tells the lag, and when nobody follows', async () => {
    await atGate();
    // As if the last sync had gone silent a minute ago.
    const at = String(Date.now() - 60_000);
    await server.client.send(
      new UpdateItemCommand({
        TableName: `meta-${count}`,
        Key: { pk: { S: `sync#${id}` }, sk: { S: 'up' } },
        UpdateExpression: 'SET wallAt = :at',
        ExpressionAttributeValues: { ':at': { N: at } },
      }),
    );
    const one = async () => (await status(world.options)).migrations[0];
    expect(await one()).toMatchObject({ state: 'waiting', phase: 'ready', flags: ['no-sync'] });
    const watch = world.project.start('status', '--watch');
    const watched = finished(watch);
    let seen = '';
    watch.stdout?.on('data', (chunk) => {
      seen += chunk;
    });
    await until(() => /001-move.*no-sync/.test(seen));
    const sync = startSync(world.options, id);
    await world.caughtUp();
    expect(await one()).toMatchObject({ flags: [], lag: 0 });
    await until(
      () => /001-move/.test(seen.slice(seen.lastIndexOf('┌'))) && !/no-sync/.test(seen.slice(seen.lastIndexOf('┌'))),
    );
    watch.kill('SIGINT');
    await watched;
    await sync.stop();
  }, 120_000);

  test('is refused for what it cannot follow', async () => {
    await open();
    await world.project.write('migrations/000-steps.mjs', steps);
    const sync = (name: string) => runSyncRun({ ...world.options, id: name });
    expect((await sync('002-none')).report).toMatchObject({ exitCode: 64, error: { code: 'UNKNOWN_MIGRATION' } });
    expect((await sync('000-steps')).report).toMatchObject({ exitCode: 64, error: { code: 'USAGE' } });
    expect((await sync(id)).report).toMatchObject({ exitCode: 7, error: { code: 'MIGRATION_UNFINISHED' } });
    expect((await world.project.run('sync', 'run')).code).toBe(64);
    expect((await world.project.run('sync', 'walk', id)).code).toBe(64);
  }, 60_000);
});
