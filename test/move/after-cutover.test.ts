import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect } from 'vitest';
import { hasJava } from '../support/dynamodb-local.js';
import { createTable } from '../support/tables.js';
import { id, move, statusOf, succeed } from './cutover-world.js';
import { test } from './world-test.js';

describe.runIf(await hasJava())('right after a cutover', { concurrent: true }, () => {
  test('nobody is missing who has to notice it first', async ({ open }) => {
    const world = await open();
    await succeed(world, 'up');
    const { migrations } = await succeed(world, 'cutover', id);
    expect(migrations).toMatchObject([{ phase: 'reverse', flags: [] }]);
  }, 120_000);

  test('or before it, a table that was made anew is told by its age where the engine gives no ids', async ({
    open,
  }) => {
    const world = await open();
    await succeed(world, 'up');
    await world.client.send(new DeleteTableCommand({ TableName: world.target }));
    await createTable(world.client, world.target);
    expect(await world.project.json('cutover', id)).toMatchObject({ error: { code: 'TABLE_DRIFT' } });
  }, 60_000);

  test('without a way back there is nothing to follow, and nothing but its end comes next', async ({ open }) => {
    const withoutWayBack = move.replace('  up: (items)', "  irreversible: 'a test',\n  up: (items)");
    const world = await open({ files: { [`migrations/${id}.mjs`]: withoutWayBack } });
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
