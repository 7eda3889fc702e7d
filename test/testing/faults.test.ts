import { BatchWriteItemCommand, DeleteTableCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type Fault, interceptHandler, killAfter, openMigration, withFaults } from 'dynamigrate/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import 'dynamigrate/testing/vitest';
import { type Dynalite, startDynalite } from '../support/dynalite.js';
import { hasJava } from '../support/dynamodb-local.js';
import { createProject } from '../support/project.js';
import { allItems, createTable } from '../support/tables.js';

let engine: Dynalite;

beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine.close());
beforeEach(() => createTable(engine.client, 'ITEMS'));
afterEach(async () => {
  await engine.client.send(new DeleteTableCommand({ TableName: 'ITEMS' }));
});

/** A client of its own, all of whose requests pass. */
function clientThrough(intercept: Parameters<typeof interceptHandler>[1]) {
  const client = engine.openClient();
  client.config.requestHandler = interceptHandler(client.config.requestHandler, intercept);
  return client;
}

const put = (id: string) => new PutItemCommand({ TableName: 'ITEMS', Item: { id: { S: id } } });

describe('interceptHandler', () => {
  test.each<[Fault, string, boolean]>([
    ['throttled', 'ProvisionedThroughputExceededException', false],
    ['failed', 'InternalServerError', false],
    ['failed after', 'InternalServerError', true],
    ['answer lost', 'TimeoutError', true],
  ])('%s: an attempt ends with %s, and was carried out: %s', async (fault, name, landed) => {
    const { intercept, counts } = withFaults({ share: 1, kinds: [fault] });
    const client = clientThrough(intercept);
    await expect(client.send(put('1'))).rejects.toMatchObject({ name });
    // The SDK tries again, and every attempt passes here.
    expect(counts[fault]).toBeGreaterThan(1);
    expect((await allItems(engine.client, 'ITEMS')).size).toBe(landed ? 1 : 0);
  });

  test('half of a batch comes back, and what is read passes as it is', async () => {
    const client = clientThrough(withFaults({ share: 0 }).intercept);
    const requests = ['1', '2', '3'].map((id) => ({ PutRequest: { Item: { id: { S: id } } } }));
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { ITEMS: requests } }));
    expect(UnprocessedItems).toEqual({ ITEMS: [requests[1]] });
    expect((await client.send(new ScanCommand({ TableName: 'ITEMS' }))).Count).toBe(2);
  });

  test('a killed process writes no more', async () => {
    const kill = killAfter(2);
    const client = clientThrough(kill.intercept);
    for (const id of ['1', '2']) await client.send(put(id));
    await expect(client.send(put('3'))).rejects.toThrow('killed by the test');
    expect(kill.landed).toEqual(['PutItem ITEMS', 'PutItem ITEMS']);
    expect((await allItems(engine.client, 'ITEMS')).size).toBe(2);
  });
});

const text = (tables: string) => `import { defineMigration, table } from 'dynamigrate';
export default defineMigration({
  description: 'x', ${tables}, up: (items) => items.rename('name', 'fullName').add('plan', 'FREE'),
});
`;

test('a migration gets through all faults at once', async () => {
  const project = await createProject({
    files: { 'migrations/001-it.mjs': text("table: table('USERS', { partitionKey: 'id' })") },
  });
  const items = Array.from({ length: 30 }, (_, index) => ({ id: `${index}`, name: `n${index}` }));
  const migration = await openMigration('001-it', { cwd: project.directory, items });
  try {
    await migration.seed();
    const { intercept, counts } = withFaults({ seed: 7, share: 0.1 });
    await migration.up({ intercept });
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(3);
    const after = await migration.items();
    expect(after).toHaveLength(30);
    for (const item of after ?? [])
      expect(item).toMatchObject({ fullName: `n${(item as { id: string }).id}`, plan: 'FREE' });
  } finally {
    await migration.close();
    await project.dispose();
  }
});

test.runIf(await hasJava())(
  'a move follows writers on DynamoDB Local',
  async () => {
    const project = await createProject({
      files: { 'migrations/001-it.mjs': text("from: table('USERS', { partitionKey: 'id' }), to: table('USERS_V2')") },
    });
    const items = Array.from({ length: 12 }, (_, index) => ({ id: `${index}`, name: `n${index}` }));
    const migration = await openMigration('001-it', { cwd: project.directory, items, engine: 'dynamodb-local' });
    try {
      await expect(migration).toConvergeUnder(
        [
          async (table, turn) => table.update({ id: `${turn % 12}` }, { name: `turn ${turn}` }, ['gone']),
          async (table, turn) => (turn % 5 === 0 ? table.delete({ id: `${turn % 12}` }) : undefined),
          async (table, turn) => table.put({ id: `new ${turn % 3}`, name: `${turn}` }),
        ],
        { turns: 30 },
      );
      await expect(migration).toRoundTrip();
    } finally {
      await migration.close();
      await project.dispose();
    }
  },
  240_000,
);
