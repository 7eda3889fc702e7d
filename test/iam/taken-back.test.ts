import { afterEach, describe, test } from 'vitest';
import { fenceStatement } from '../../src/dynamodb/fence-policy.js';
import { moveGrants } from '../../src/iam/move-grants.js';
import { cutover, down } from '../../src/index.js';
import { hasJava } from '../support/dynamodb-local.js';
import { createTable } from '../support/tables.js';
import { casesOf } from './cases.js';
import { expectCalls } from './expect-calls.js';
import { expecting, grantsOf, type MoveWorld, openMoveWorld, renamed } from './move-world.js';

const fence = fenceStatement('arn:aws:dynamodb:us-east-1:000000000000:table/OLD', []);
const ofOthers = { Sid: 'Theirs', Effect: 'Allow', Principal: '*', Action: 'dynamodb:Scan', Resource: '*' };
const policyOf = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

describe.runIf(await hasJava())('a move that is taken back', () => {
  let world: MoveWorld | undefined;
  afterEach(() => world?.close());

  test('before its cutover calls what the table says', async () => {
    world = await openMoveWorld(renamed, { isRich: true });
    const { commands, options } = world;
    await (await world.toGate())();
    // As a cutover that died left it.
    world.policies('OLD').policy = policyOf(ofOthers, fence);
    commands.phase = 'undo';
    await down({ cwd: options.cwd, processEnv: {} });
    expectCalls(commands.calls('undo'), grantsOf('undo'), casesOf.own.undo, 'undo');
  }, 200_000);

  test('with a target that others made calls what the table says', async () => {
    world = await openMoveWorld(expecting);
    const { commands, options, server } = world;
    await createTable(server.client, 'NEW');
    await (await world.toGate())();
    world.expectUp(casesOf.given.up);
    world.policies('OLD').policy = policyOf(fence);
    commands.phase = 'undo';
    await down({ cwd: options.cwd, processEnv: {} });
    expectCalls(commands.calls('undo'), grantsOf('undo'), casesOf.given.undo, 'undo');
  }, 200_000);

  test('after its cutover calls what the table says', async () => {
    world = await openMoveWorld(expecting);
    const { commands, options, put, server } = world;
    await createTable(server.client, 'NEW');
    await (await world.toGate())();
    await cutover(options);
    await put('NEW', { id: { S: 'item-1' }, b: { S: 'z' } });
    // As in AWS, where the cutover leaves it.
    world.policies('OLD').policy = policyOf(fence);
    world.policies('OLD').inEffect = false;
    commands.phase = 'back';
    await down({ cwd: options.cwd, processEnv: {} });
    const grants = [...grantsOf('undo'), ...moveGrants('back')];
    expectCalls(commands.calls('back'), grants, casesOf.back.back, 'back');
  }, 200_000);
});
