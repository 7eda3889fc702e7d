import { afterEach, describe, test } from 'vitest';
import { moveGrants } from '../../src/iam/move-grants.js';
import { complete, verify } from '../../src/index.js';
import { hasJava } from '../support/dynamodb-local.js';
import { casesOf } from './cases.js';
import { expectCalls } from './expect-calls.js';
import { grantsOf, type MoveWorld, openMoveWorld, rekeyed } from './move-world.js';

describe.runIf(await hasJava())('a move to other keys', () => {
  let world: MoveWorld | undefined;
  afterEach(() => world?.close());

  test('calls what the table says, also where two items claim one key', async () => {
    world = await openMoveWorld(rekeyed, { leaseSeconds: 10 });
    const { commands, sync, options, put, remove, heard } = world;
    const cases = casesOf.keys;
    await put('OLD', { id: { S: 'twin' }, a: { S: 'a-1' } });
    world.rekeyWhileCopied(commands);
    const end = await world.toGate();
    world.expectUp(cases.up, true);
    await put('OLD', { id: { S: 'twin-2' }, a: { S: 'a-2' } });
    await remove('OLD', { id: { S: 'item-3' } });
    await heard('target BatchGetItem');
    await heard('target DeleteItem');
    await end();
    expectCalls(sync.calls('live'), grantsOf('live', true), cases.live, 'live');

    await remove('OLD', { id: { S: 'twin' } });
    await remove('OLD', { id: { S: 'twin-2' } });
    // As though somebody else had been at the target.
    await remove('NEW', { a: { S: 'a-8' } });
    await put('NEW', { id: { S: 'item-9' }, a: { S: 'nobody' } });
    commands.phase = 'repair';
    await verify({ ...options, repair: true });
    // Nobody else follows now.
    expectCalls(
      commands.calls('repair'),
      [...grantsOf('verify', true), ...moveGrants('live', true)],
      cases.verify,
      'verify',
    );
    commands.phase = 'cutover';
    await world.cutoverWhile(() => put('OLD', { id: { S: 'item-7' }, a: { S: 'yet another' } }));
    expectCalls(commands.calls('cutover'), grantsOf('cutover', true), cases.cutover, 'cutover');
    commands.phase = 'complete';
    await complete(options);
    expectCalls(commands.calls('complete'), grantsOf('complete', true), cases.complete, 'complete');
  }, 200_000);
});
