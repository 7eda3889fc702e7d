import { afterEach, describe, test } from 'vitest';
import { complete } from '../../src/index.js';
import { hasJava } from '../support/dynamodb-local.js';
import { casesOf } from './cases.js';
import { expectCalls } from './expect-calls.js';
import { grantsOf, type MoveWorld, openMoveWorld, renamed } from './move-world.js';

describe.runIf(await hasJava())('a whole move', () => {
  let world: MoveWorld | undefined;
  afterEach(() => world?.close());

  test('calls in each phase what the table says of it, and nothing else', async () => {
    world = await openMoveWorld(renamed);
    const { commands, sync, options, put, heard, follow } = world;
    const cases = casesOf.plain;
    const end = await world.toGate();
    await put('OLD', { id: { S: 'item-1' }, a: { S: 'y' } });
    await heard('target BatchWriteItem');
    await end();
    world.expectUp(cases.up);
    expectCalls(sync.calls('live'), grantsOf('live'), cases.live, 'live');

    // Nobody follows now, so the cutover catches up by itself; and there is more while it holds writes back.
    await put('OLD', { id: { S: 'item-2' }, a: { S: 'y' } });
    commands.phase = 'cutover';
    await world.cutoverWhile(() => put('OLD', { id: { S: 'item-3' }, a: { S: 'y' } }));
    expectCalls(commands.calls('cutover'), grantsOf('cutover'), cases.cutover, 'cutover');

    const endReverse = follow('reverse');
    await put('NEW', { id: { S: 'item-1' }, b: { S: 'z' } });
    await heard('source BatchWriteItem');
    await endReverse();
    expectCalls(sync.calls('reverse'), grantsOf('reverse'), cases.reverse, 'reverse');

    commands.phase = 'complete';
    await complete(options);
    expectCalls(commands.calls('complete'), grantsOf('complete'), cases.complete, 'complete');
  }, 200_000);
});
