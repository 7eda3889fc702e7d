import { isDeepStrictEqual } from 'node:util';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runCutover } from '../../src/commands/cutover.js';
import { runErrors } from '../../src/commands/errors.js';
import { runVerify } from '../../src/commands/verify.js';
import { status, up } from '../../src/index.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createTable, putItems } from '../support/tables.js';
import { contentsOf, expectSame, scanAll } from './comparing.js';
import { type MoveWorld, openMoveWorld, until, withLiveSync } from './verify-world.js';

const id = '001-move';

/** Throws for items that have `poison`. */
const poisonous = (name: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Number the versions',
  from: table('${name}'),
  to: table('${name}2'),
  up: (items) => items.map((item) => {
    if (item.poison !== undefined) throw new Error('cannot be told apart');
    return { ...item, version: 2 };
  }),
  down: ({ version, ...item }) => item,
});
`;

/** The e-mail address becomes the key. */
const rekeying = (name: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Find users by their address',
  from: table('${name}'),
  to: table('${name}2', { partitionKey: 'email' }),
  up: (items) => items.rekey({ partitionKey: { name: 'email', type: 'S' } }),
  irreversible: 'the key is another one',
});
`;

const plain = (key: string, n = 0): RawItem => ({ id: { S: key }, n: { N: String(n) } });
const poison = (key: string): RawItem => ({ ...plain(key), poison: { BOOL: true } });
const user = (key: string, email: string): RawItem => ({ id: { S: key }, email: { S: email } });

describe.runIf(await hasJava())('what bars a cutover', () => {
  let server: DynamoDbLocal;
  let world: MoveWorld;
  let table: string;
  let count = 0;

  beforeAll(async () => {
    server = await startDynamoDbLocal();
  }, 120_000);
  afterEach(() => world?.dispose());
  afterAll(() => server?.close());

  /** A move at its gate. */
  async function atGate(source: (table: string) => string, items: readonly RawItem[]): Promise<void> {
    count += 1;
    table = `TABLE-${count}-`;
    await createTable(server.client, table);
    await putItems(server.client, table, items);
    world = await openMoveWorld({ server, id, source: source(table), metaTable: `meta-${count}` });
    await up(world.options);
    expect(await world.row()).toMatchObject({ phase: 'ready', state: 'waiting' });
  }
  const put = (Item: RawItem) => server.client.send(new PutItemCommand({ TableName: table, Item }));
  const remove = (key: string) =>
    server.client.send(new DeleteItemCommand({ TableName: table, Key: { id: { S: key } } }));
  const errors = (retry = false) => runErrors({ ...world.options, id, retry });
  const cutover = (dryRun = false) => runCutover({ ...world.options, id, dryRun });
  const flags = async () => (await status(world.options)).migrations[0]?.flags;
  const targetItems = () => scanAll(server.client, `${table}2`);
  const inTarget = async (name: string, key: string) =>
    (await targetItems()).find((item) => JSON.stringify(item[name]) === JSON.stringify({ S: key }));

  async function expectRefused(): Promise<void> {
    const { report } = await cutover();
    expect(report).toMatchObject({ exitCode: 8, error: { code: 'CUTOVER_REFUSED' } });
    expect(report.error?.message).toContain('obligations');
    expect(report.error?.fix).toContain(`migrate errors ${id} --retry`);
    expect(await world.row()).toMatchObject({ phase: 'ready' });
  }

  /** Nothing is open, verify is clean, the cutover may be made, and the target is what a look at the source says. */
  async function expectClear(keyName: string, transform: (item: RawItem) => RawItem): Promise<void> {
    expect(await world.openObligations()).toBe(0);
    expect((await errors()).report).toMatchObject({ exitCode: 0, itemErrors: [], next: [] });
    expect((await runVerify({ ...world.options, id })).report).toMatchObject({ exitCode: 0, error: null });
    expect((await cutover(true)).report).toMatchObject({ exitCode: 0 });
    expect(await flags()).not.toContain('item-errors');
    const wanted = (await scanAll(server.client, table)).map(transform);
    expectSame(contentsOf(await targetItems(), [keyName]), contentsOf(wanted, [keyName]));
  }

  describe('a poison item', () => {
    const expectAllClear = () => expectClear('id', (item) => ({ ...item, version: { N: '2' } }));
    const failed = (key: string) => ({
      key: `id=${key}`,
      direction: 'up',
      code: 'TRANSFORM_FAILED',
      message: expect.stringContaining('cannot be told apart'),
    });

    test('of the backfill is parked, the rest goes on, and `--retry` clears it once it is mended', async () => {
      const items = Array.from({ length: 200 }, (_, index) => plain(`item-${index}`, index));
      await atGate(poisonous, [...items, poison('bad')]);
      expect((await targetItems()).length).toBe(200);
      expect(await flags()).toContain('item-errors');
      expect((await errors()).report).toMatchObject({ exitCode: 0, itemErrors: [{ ...failed('bad') }] });
      const { code, stdout } = await world.project.run('errors', id);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^id=bad {2}TRANSFORM_FAILED: .*cannot be told apart/m);
      expect(stdout).toContain(`migrate errors ${id} --retry`);
      expect((await world.project.run('status')).stdout).toMatch(/001-move .*item-errors/);
      await expectRefused();

      const before = (await errors()).report.itemErrors?.[0]?.attempts ?? 0;
      const { report: again } = await errors(true);
      expect(again).toMatchObject({ exitCode: 1, itemErrors: [{ ...failed('bad') }] });
      expect(again.itemErrors?.[0]?.attempts).toBeGreaterThan(before);
      await expectRefused();

      await put(plain('bad', 7));
      expect((await errors(true)).report).toMatchObject({ exitCode: 0, error: null, itemErrors: [] });
      await expectAllClear();
    }, 120_000);

    test('of the stream is parked while the rest goes on; mended or deleted, the live sync clears it', async () => {
      await atGate(poisonous, [plain('mended'), plain('deleted'), plain('never bad')]);
      await withLiveSync(world.options, id, async () => {
        await put(poison('mended'));
        await put(poison('deleted'));
        await put(poison('new'));
        await put(plain('never bad', 1));
        await until(async () => (await world.openObligations()) === 3);
        await until(async () => isDeepStrictEqual((await inTarget('id', 'never bad'))?.n, { N: '1' }));
        expect((await errors()).report.itemErrors?.map(({ key }) => key).sort()).toEqual([
          'id=deleted',
          'id=mended',
          'id=new',
        ]);
        expect((await errors()).report.itemErrors).toEqual(
          expect.arrayContaining([expect.objectContaining(failed('mended'))]),
        );
        expect(await flags()).toContain('item-errors');
        // What it was before it was poisoned stays in the target.
        expect(await inTarget('id', 'mended')).toEqual({ ...plain('mended'), version: { N: '2' } });
        await expectRefused();

        await put(plain('mended', 2));
        await remove('deleted');
        await put(plain('new', 3));
        await put(plain('never bad', 2));
        await until(async () => (await world.openObligations()) === 0);
        await world.caughtUp();
      });
      await expectAllClear();
    }, 120_000);

    test('is cleared by `--retry` also while a live sync runs elsewhere', async () => {
      await atGate(poisonous, [plain('one')]);
      await withLiveSync(world.options, id, async () => {
        await put(poison('one'));
        await until(async () => (await world.openObligations()) === 1);
        await put(plain('one', 4));
        expect((await errors(true)).report).toMatchObject({ exitCode: 0, error: null, itemErrors: [] });
        await world.caughtUp();
      });
      await expectAllClear();
    }, 120_000);
  });

  describe('of a move to another key', () => {
    const expectAllClear = () => expectClear('email', (item) => item);
    const collision = async () => (await errors()).report.itemErrors?.find(({ code }) => code === 'KEY_COLLISION');
    async function expectCollision(email: string, keys: readonly string[]): Promise<void> {
      const found = await collision();
      expect(found).toMatchObject({ key: `email=${email}`, direction: 'up' });
      for (const key of keys) expect(found?.message).toContain(`\`id=${key}\``);
    }

    test('a collision is reported with both keys, bars the cutover, and settles when one of the two changes', async () => {
      await atGate(rekeying, [user('a', 'same@x'), user('b', 'same@x'), user('c', 'other@x')]);
      await expectCollision('same@x', ['a', 'b']);
      const { stdout } = await world.project.run('errors', id);
      expect(stdout).toMatch(/^email=same@x {2}KEY_COLLISION: .*`id=[ab]` and `id=[ab]`/m);
      expect(await inTarget('email', 'other@x')).toEqual(user('c', 'other@x'));
      expect(await flags()).toContain('item-errors');
      await expectRefused();
      expect((await errors(true)).report).toMatchObject({ exitCode: 1, itemErrors: [{ code: 'KEY_COLLISION' }] });

      await withLiveSync(world.options, id, async () => {
        await put(user('b', 'b@x'));
        await until(async () => (await world.openObligations()) === 0);
        await world.caughtUp();
      });
      expect(await inTarget('email', 'same@x')).toEqual(user('a', 'same@x'));
      expect(await inTarget('email', 'b@x')).toEqual(user('b', 'b@x'));
      await expectAllClear();
    }, 120_000);

    test('a collision that comes through the stream is won by the one that stays, whoever had the key', async () => {
      await atGate(rekeying, [user('first', 'x@x'), user('second', 'y@x')]);
      await withLiveSync(world.options, id, async () => {
        await put(user('second', 'x@x'));
        await until(async () => (await collision())?.message.includes('`id=first`') === true);
        await expectCollision('x@x', ['first', 'second']);
        await expectRefused();
        await remove('first');
        await until(async () => (await world.openObligations()) === 0);
        await world.caughtUp();
      });
      expect(await targetItems()).toEqual([user('second', 'x@x')]);
      await expectAllClear();
    }, 120_000);

    test('items that exchange their keys, some of them twice, end with those of their source items', async () => {
      const pairs = ['p', 'q', 'r', 's'];
      await atGate(
        rekeying,
        pairs.flatMap((pair) => [user(`${pair}-1`, `${pair}-a@x`), user(`${pair}-2`, `${pair}-b@x`)]),
      );
      await withLiveSync(world.options, id, async () => {
        for (const [index, pair] of pairs.entries()) {
          await put(user(`${pair}-1`, `${pair}-b@x`));
          // The first one by way of a collision, the others within a batch or two.
          if (index === 0) await until(async () => (await world.openObligations()) > 0);
          await put(user(`${pair}-2`, `${pair}-a@x`));
          if (index % 2 === 0) continue;
          await put(user(`${pair}-1`, `${pair}-a@x`));
          await put(user(`${pair}-2`, `${pair}-b@x`));
        }
        await world.caughtUp();
        await until(async () => (await world.openObligations()) === 0);
        await world.caughtUp();
      });
      expect(await inTarget('email', 'p-b@x')).toEqual(user('p-1', 'p-b@x'));
      expect(await inTarget('email', 'q-a@x')).toEqual(user('q-1', 'q-a@x'));
      await expectAllClear();
    }, 120_000);
  });
});
