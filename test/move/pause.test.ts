import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pause, resume, status, up } from '../../src/index.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createTable, putItems } from '../support/tables.js';
import { contentsOf, expectSame, scanAll } from './comparing.js';
import { type MoveWorld, openMoveWorld, until } from './verify-world.js';

const id = '001-move';
const source = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Rename text to body', from: table('NOTES'), to: table('NOTES2'),
  up: (items) => items.rename('text', 'body'),
});
`;
const note = (key: string, text: string): RawItem => ({ id: { S: key }, text: { S: text } });

describe.runIf(await hasJava())('a move that is paused', () => {
  let server: DynamoDbLocal;
  let world: MoveWorld;
  beforeAll(async () => {
    server = await startDynamoDbLocal();
  }, 120_000);
  afterEach(() => world?.dispose());
  afterAll(() => server?.close());

  test('copies nothing, and its live sync goes on', async () => {
    await createTable(server.client, 'NOTES');
    const items = Array.from({ length: 30 }, (_, index) => note(`note-${index}`, 'before'));
    await putItems(server.client, 'NOTES', items);
    world = await openMoveWorld({ server, id, source, metaTable: 'meta-pause' });
    await pause({ ...world.options, id });
    const running = up(world.options);
    const phase = async () => (await status(world.options)).migrations[0]?.phase;
    await until(async () => (await phase()) === 'backfill');

    await server.client.send(new PutItemCommand({ TableName: 'NOTES', Item: note('late', 'now') }));
    const Key = { id: { S: 'late' } };
    const copied = () => server.client.send(new GetItemCommand({ TableName: 'NOTES2', Key }));
    await until(async () => (await copied()).Item !== undefined);
    expect((await scanAll(server.client, 'NOTES2')).length).toBe(1);
    expect((await status(world.options)).migrations[0]).toMatchObject({
      state: 'paused',
      pace: [{ slowedBy: 'paused' }],
    });

    await resume({ ...world.options, id });
    await running;
    const moved = [...items, note('late', 'now')].map(
      ({ text, ...item }): RawItem => ({ ...item, ...(text && { body: text }) }),
    );
    expectSame(contentsOf(await scanAll(server.client, 'NOTES2'), ['id']), contentsOf(moved, ['id']));
  }, 120_000);
});
