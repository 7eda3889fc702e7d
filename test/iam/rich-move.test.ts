import { UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, test } from 'vitest';
import { complete, cutover, verify } from '../../src/index.js';
import { hasJava } from '../support/dynamodb-local.js';
import { casesOf } from './cases.js';
import { expectCalls } from './expect-calls.js';
import { grantsOf, type MoveWorld, openMoveWorld, renamed } from './move-world.js';

describe.runIf(await hasJava())('a move of a table with all that a table can have', () => {
  let world: MoveWorld | undefined;
  afterEach(() => world?.close());

  test('calls what the table says, also for a repair and to drop the source', async () => {
    world = await openMoveWorld(renamed, { isRich: true });
    const { server, commands, options, put } = world;
    const cases = casesOf.rich;
    const end = await world.toGate();
    world.expectUp(cases.up);

    await put('NEW', { id: { S: 'extra' }, b: { S: 'extra' } });
    commands.phase = 'repair';
    await verify({ ...options, repair: true });
    expectCalls(commands.calls('repair'), grantsOf('verify'), cases.verify, 'verify');
    await end();

    await server.client.send(new UpdateTableCommand({ TableName: 'OLD', DeletionProtectionEnabled: false }));
    commands.phase = 'cutover';
    await cutover(options);
    expectCalls(commands.calls('cutover'), grantsOf('cutover'), cases.cutover, 'cutover');
    commands.phase = 'complete';
    await complete({ ...options, dropSource: true, yes: true });
    expectCalls(commands.calls('complete'), grantsOf('complete'), cases.complete, 'complete');
  }, 200_000);
});
