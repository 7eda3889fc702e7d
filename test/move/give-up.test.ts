import { describe, expect } from 'vitest';
import { serviceError } from '../dynamodb/proxy.js';
import { hasJava } from '../support/dynamodb-local.js';
import { finished } from '../support/project.js';
import { id, killAt, moments, statusOf, succeed } from './cutover-world.js';
import { test } from './world-test.js';

describe.runIf(await hasJava())('a cutover that is given up lets writes go on', { concurrent: true }, () => {
  test('stopped by SIGINT while it follows the stream to its end', async ({ open }) => {
    const world = await open();
    const { source, project, proxy } = world;
    await succeed(world, 'up');
    const child = project.start('cutover', id, '--json');
    const ended = finished(child);
    let off = false;
    proxy.intercept = (request) => {
      off ||= moments.streamOff(request);
      if (off && moments.read(request)) child.kill('SIGINT');
      return undefined;
    };
    const { code, stdout } = await ended;
    expect(off).toBe(true);
    expect([code, (JSON.parse(stdout) as { warnings: string[] }).warnings]).toEqual([130, []]);
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
    expect(await world.streamOf(source)).toBeDefined();
    expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'ready', error: null });
  }, 120_000);

  test('by a role that may not look at policies, and by hand', async ({ open }) => {
    const world = await open();
    const { project, proxy } = world;
    await succeed(world, 'up');
    // It could at first: so the gate is open.
    await killAt(world, { moment: moments.freeze }, 'cutover', id);
    proxy.intercept = ({ operation }) =>
      /ResourcePolicy$/.test(operation) ? serviceError('AccessDeniedException') : undefined;
    expect(await project.json('cutover', id, '--abort')).toMatchObject({
      exitCode: 1,
      error: { code: 'ACCESS_DENIED', fix: expect.stringContaining('DynamigrateWriteFence') },
    });
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
    expect(await statusOf(world)).toMatchObject({ state: 'waiting', phase: 'ready' });
  }, 120_000);

  test('where putting up the policy is denied', async ({ open }) => {
    const world = await open();
    const { project, proxy } = world;
    await succeed(world, 'up');
    let frozen = false;
    proxy.intercept = (request) => {
      frozen ||= moments.freeze(request);
      return frozen && /ResourcePolicy$/.test(request.operation) ? serviceError('AccessDeniedException') : undefined;
    };
    expect(await project.json('cutover', id)).toMatchObject({
      exitCode: 1,
      error: { code: 'ACCESS_DENIED' },
      warnings: [expect.stringContaining('could not be looked at')],
    });
    expect(frozen).toBe(true);
    expect(await world.pointer()).toMatchObject({ active: 'source', frozen: false });
  }, 120_000);
});
