import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MigrateError } from '../../src/errors.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openObligations } from '../../src/ledger/obligations.js';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { createWorld, id, move, seed, statusOf, succeed, type World } from './cutover-world.js';

let engine: Dynalite;
let world: World;

beforeEach(async () => {
  engine = await startDynalite();
});
afterEach(async () => {
  await world.dispose();
  await engine.close();
});

/** As if the last verify had been killed when all segments were done, and nothing was written down of what they say. */
async function reopenVerify(): Promise<void> {
  await engine.client.send(
    new UpdateItemCommand({
      TableName: world.metaTable,
      Key: { pk: { S: 'ledger' }, sk: { S: `migration#${id}` } },
      UpdateExpression: 'SET #m.verifying.#o = :yes',
      ExpressionAttributeNames: { '#m': 'move', '#o': 'open' },
      ExpressionAttributeValues: { ':yes': { BOOL: true } },
    }),
  );
}

test('offline, a way back compares everything anew: applications wrote the new table since it was cut off', async () => {
  world = await createWorld({ engine });
  const { source, target } = world;
  await succeed(world, 'up');
  await succeed(world, 'cutover', id, '--offline');
  await succeed(world, 'verify', id, '--repair');
  await reopenVerify();
  const newer = { id: { S: 'seed-1' }, kind: { S: 'live' }, remark: { S: 'newer' }, channel: { S: 'EMAIL' } };
  await world.put(target, newer);
  await world.remove(target, 'seed-2');
  await succeed(world, 'down', '--offline');
  const items = await world.items(source);
  expect(items.get('seed-1')).toEqual({ ...seed(1), note: { S: 'newer' } });
  expect(items.has('seed-2')).toBe(false);
}, 120_000);

test('what was missed after a verify with repair was cut off is not forgiven by the rest of it', async () => {
  world = await createWorld({ engine });
  const { project, target } = world;
  await succeed(world, 'up');
  await succeed(world, 'verify', id, '--repair');
  await reopenVerify();
  const obligations = openObligations({ table: openMetaTable({ client: engine.client, tableName: world.metaTable }) });
  const error = new MigrateError('ITEM_INVALID', 'a record of the stream cannot be used');
  await obligations.bind(id, 'up', 'test').add([{ kind: 'misshapen', record: { eventName: 'MODIFY' }, error }]);
  await world.remove(target, 'seed-1');
  expect(await project.json('verify', id, '--repair')).toMatchObject({ exitCode: 0, verify: { repaired: 1 } });
  expect((await world.items(target)).has('seed-1')).toBe(true);
  expect(await project.json('errors', id)).toMatchObject({ itemErrors: [] });
}, 120_000);

test('one that is gone on with still knows that the way back loses something', async () => {
  const lossy = `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'Remarks that do not come back',
  from: table('NOTES'),
  to: table('REMARKS'),
  up: (items) => items.rename('note', 'remark'),
  down: ({ remark, ...item }) => item,
});
`;
  world = await createWorld({ engine, files: { [`migrations/${id}.mjs`]: lossy } });
  await succeed(world, 'up');
  await reopenVerify();
  await succeed(world, 'verify', id);
  expect(await statusOf(world)).toMatchObject({ verify: { clean: true, full: true } });
  const { gates = [] } = await world.project.json('cutover', id, '--dry-run', '--offline');
  expect(gates.filter(({ open }) => !open).map(({ name }) => name)).toEqual(['way back']);
}, 120_000);

test('a file that was changed and changed back copies and compares everything anew', async () => {
  world = await createWorld({ engine });
  const { project, target } = world;
  await succeed(world, 'up');
  await reopenVerify();
  const path = `migrations/${id}.mjs`;
  await project.write(path, move.replace('EMAIL', 'SMS'));
  await succeed(world, 'repair', id, '--reason', 'a test');
  // As a live sync that runs the other file writes it.
  await world.put(target, { id: { S: 'seed-1' }, kind: { S: 'live' }, remark: { S: 'note-1' }, channel: { S: 'SMS' } });
  await project.write(path, move);
  await succeed(world, 'repair', id, '--reason', 'a test');
  await succeed(world, 'up');
  expect((await world.items(target)).get('seed-1')).toMatchObject({ channel: { S: 'EMAIL' } });
}, 120_000);
