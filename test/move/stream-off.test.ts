import { UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect } from 'vitest';
import { hasJava } from '../support/dynamodb-local.js';
import { id, moments, seed, succeed, type World } from './cutover-world.js';
import { test } from './world-test.js';

describe.runIf(await hasJava())('a stream that somebody else switches off', { concurrent: true }, () => {
  async function switchOff({ client, source }: World): Promise<void> {
    await client.send(new UpdateTableCommand({ TableName: source, StreamSpecification: { StreamEnabled: false } }));
  }
  const changed = { ...seed(1), note: { S: 'written without a stream' } };

  test('bars the cutover, and a verify with repair goes on with a new one', async ({ open }) => {
    const world = await open();
    const { project, source, target } = world;
    await succeed(world, 'up');
    await switchOff(world);
    await world.put(source, changed);
    expect(await project.json('cutover', id)).toMatchObject({
      exitCode: 8,
      error: { code: 'CUTOVER_REFUSED', message: expect.stringContaining('stream (somebody switched it off)') },
    });
    expect(await project.json('verify', id)).toMatchObject({
      error: { code: 'TABLE_DRIFT', fix: expect.stringContaining('--repair') },
    });
    expect(await succeed(world, 'verify', id, '--repair')).toMatchObject({
      verify: { repaired: 1 },
      warnings: [expect.stringContaining('was switched off'), expect.stringContaining('stream-replaced')],
    });
    expect((await world.items(target)).get('seed-1')).toMatchObject({ remark: changed.note });
    await world.remove(source, 'seed-2');
    await succeed(world, 'cutover', id);
    expect((await world.items(target)).has('seed-2')).toBe(false);
  }, 180_000);

  test('is noticed when it happens while writes are being held back', async ({ open }) => {
    const world = await open();
    const { project, proxy, source } = world;
    await succeed(world, 'up');
    let late = false;
    proxy.intercept = async (request) => {
      if (late || !moments.freeze(request)) return undefined;
      late = true;
      await switchOff(world);
      await world.put(source, changed);
      return undefined;
    };
    expect(await project.json('cutover', id)).toMatchObject({
      exitCode: 8,
      error: { code: 'CUTOVER_REFUSED', message: expect.stringContaining('stream') },
    });
    expect(late).toBe(true);
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
  }, 120_000);
});
