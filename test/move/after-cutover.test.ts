import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type DynamoDbLocal, hasJava, startDynamoDbLocal } from '../support/dynamodb-local.js';
import { createTable } from '../support/tables.js';
import { createWorld, id, move, statusOf, succeed, type World } from './cutover-world.js';

describe.runIf(await hasJava())('right after a cutover', () => {
  let engine: DynamoDbLocal;
  let world: World;

  beforeAll(async () => {
    engine = await startDynamoDbLocal();
  });
  afterEach(() => world.dispose());
  afterAll(() => engine.close());

  test('nobody is missing who has to notice it first', async () => {
    world = await createWorld({ engine });
    await succeed(world, 'up');
    const { migrations } = await succeed(world, 'cutover', id);
    expect(migrations).toMatchObject([{ phase: 'reverse', flags: [] }]);
  }, 120_000);

  test('or before it, a table that was made anew is told by its age where the engine gives no ids', async () => {
    world = await createWorld({ engine });
    await succeed(world, 'up');
    await engine.client.send(new DeleteTableCommand({ TableName: world.target }));
    await createTable(engine.client, world.target);
    expect(await world.project.json('cutover', id)).toMatchObject({ error: { code: 'TABLE_DRIFT' } });
  }, 60_000);

  test('without a way back there is nothing to follow, and nothing but its end comes next', async () => {
    const withoutWayBack = move.replace('  up: (items)', "  irreversible: 'a test',\n  up: (items)");
    world = await createWorld({ engine, files: { [`migrations/${id}.mjs`]: withoutWayBack } });
    await succeed(world, 'up');
    const { next } = await succeed(world, 'cutover', id);
    expect(next.map(({ command }) => command)).toEqual([`migrate complete ${id}`]);
    expect((await statusOf(world)).flags).toEqual([]);
    expect(await world.project.json('verify', id, '--repair')).toMatchObject({
      exitCode: 8,
      error: { code: 'IRREVERSIBLE' },
    });
    const { code, stderr } = await world.project.run('sync', 'run', id);
    expect([code, stderr]).toEqual([0, expect.stringContaining('nothing is left to follow')]);
  }, 120_000);
});
