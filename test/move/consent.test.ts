import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MigrateError } from '../../src/errors.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openObligations } from '../../src/ledger/obligations.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createTable } from '../support/tables.js';
import { createWorld, id, move, seed, succeed, type World } from './cutover-world.js';

let engine: Dynalite;
let world: World;

beforeEach(async () => {
  engine = await startDynalite();
});
afterEach(async () => {
  await world.dispose();
  await engine.close();
});

test('`up --stay` wants the consent of a protected environment also where nothing is pending', async () => {
  world = await createWorld({ engine, environment: 'protected: true,' });
  const { project } = world;
  await succeed(world, 'up', '--yes');
  expect(await project.json('up', '--stay')).toMatchObject({ exitCode: 8, error: { code: 'PROTECTED_ENVIRONMENT' } });
  await succeed(world, 'up', '--stay', '--dry-run');
}, 60_000);

test('an expected target that has items is told of', async () => {
  const expecting = move.replace("to: table('REMARKS'),", "to: table('REMARKS'),\n  target: { expect: true },");
  world = await createWorld({ engine, files: { [`migrations/${id}.mjs`]: expecting } });
  const { project, target } = world;
  await createTable(engine.client, target);
  await world.put(target, seed(99));
  const notEmpty = `\`${target}\` is not empty`;
  expect((await project.run('up', '--dry-run')).stderr).toContain(notEmpty);
  const { exitCode, warnings } = await project.json('up');
  expect(exitCode).toBe(6);
  expect(warnings.join()).toContain(notEmpty);
}, 60_000);

test('nothing is tried again while a cutover is half made: neither table may be written', async () => {
  world = await createWorld({ engine });
  const { project, metaTable, client } = world;
  await succeed(world, 'up');
  await client.send(
    new UpdateItemCommand({
      TableName: metaTable,
      Key: { pk: { S: 'ledger' }, sk: { S: `migration#${id}` } },
      UpdateExpression: 'SET phase = :cutover',
      ExpressionAttributeValues: { ':cutover': { S: 'cutover' } },
    }),
  );
  await succeed(world, 'errors', id, '--retry');
  const obligations = openObligations({ table: openMetaTable({ client, tableName: metaTable }) });
  const intent = { unit: { id: { S: 'seed-1' } }, keys: [{ id: { S: 'seed-1' } }] };
  const error = new MigrateError('TRANSFORM_FAILED', 'a test');
  await obligations.bind(id, 'up', 'test').add([{ kind: 'quarantined', intent, error }]);
  expect(await project.json('errors', id, '--retry')).toMatchObject({ error: { code: 'MIGRATION_UNFINISHED' } });
}, 60_000);
