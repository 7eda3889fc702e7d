import { CreateTableCommand, DeleteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineMigration } from '../../src/definition/define-migration.js';
import { table } from '../../src/definition/table.js';
import { openLedger } from '../../src/ledger/ledger.js';
import { openMetaTable } from '../../src/ledger/meta-table.js';
import { openObligations } from '../../src/ledger/obligations.js';
import { createSyncHandler } from '../../src/sync-lambda/create-sync-handler.js';
import { startDynalite } from '../support/dynalite.js';

const id = '002-move';
const migration = defineMigration({
  description: 'Rename prefVal',
  from: table('OLD'),
  to: table('NEW'),
  up: (items) => items.rename('prefVal', 'value'),
});
const actor = { host: 'here', pid: 1, user: 'ann' };
const by = {
  token: 1,
  nextWrite: counter(),
  assertHeld: () => undefined,
  lose: (message: string) => new Error(message) as never,
};

let server: Awaited<ReturnType<typeof startDynalite>>;

beforeAll(async () => {
  server = await startDynalite();
  for (const TableName of ['OLD', 'NEW']) {
    await server.client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
  }
});
afterAll(() => server.close());

function counter(): () => number {
  let count = 0;
  return () => {
    count += 1;
    return count;
  };
}

/** Records as Lambda delivers them. */
function record(SequenceNumber: string, eventName: string, key: string) {
  return { eventName, dynamodb: { SequenceNumber, Keys: { id: { S: key } } } };
}

async function openHandler(phase: string, checksum?: string) {
  const metaTable = openMetaTable({ client: server.client, tableName: 'dynamigrate' });
  await metaTable.ensure();
  const ledger = openLedger({ table: metaTable });
  await ledger.begin(by, {
    id,
    kind: 'move',
    description: '',
    checksum: 's1:x',
    direction: 'up',
    tables: ['OLD', 'NEW'],
    by: actor,
    toolVersion: '0',
    phase,
    totalSegments: 1,
  });
  const handler = createSyncHandler({
    id,
    migration,
    source: 'OLD',
    target: 'NEW',
    ...(checksum !== undefined && { checksum }),
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return { handler, obligations: openObligations({ table: metaTable }) };
}

async function itemsOf(TableName: string) {
  return (await server.client.send(new ScanCommand({ TableName }))).Items;
}

describe('the handler', () => {
  test('makes of the target what the source is now, whatever the records say', async () => {
    const { handler, obligations } = await openHandler('backfill');
    await server.client.send(
      new PutItemCommand({ TableName: 'OLD', Item: { id: { S: 'a' }, prefVal: { N: '1.10' } } }),
    );
    await server.client.send(new PutItemCommand({ TableName: 'NEW', Item: { id: { S: 'gone' }, value: { N: '2' } } }));
    const Records = [record('100', 'REMOVE', 'a'), record('101', 'INSERT', 'gone')];
    expect(await handler({ Records }, { awsRequestId: 'r1' })).toEqual({ batchItemFailures: [] });
    expect(await itemsOf('NEW')).toEqual([{ id: { S: 'a' }, value: { N: '1.1' } }]);
    expect(await obligations.count(id)).toMatchObject({ inFlight: 0, reconcile: 0, quarantined: 0, misshapen: 0 });
  });

  test('parks what it cannot read, and does the rest', async () => {
    const { handler, obligations } = await openHandler('backfill');
    await server.client.send(new DeleteItemCommand({ TableName: 'OLD', Key: { id: { S: 'a' } } }));
    const Records = [{ dynamodb: { SequenceNumber: '102' } }, record('103', 'REMOVE', 'a')];
    expect(await handler({ Records })).toEqual({ batchItemFailures: [] });
    expect(await itemsOf('NEW')).toEqual([]);
    expect(await obligations.count(id)).toMatchObject({ misshapen: 1 });
  });

  test.each(['prepare', 'cutover', 'undo'])(
    'writes nothing in the phase %s, and wants the records again',
    async (phase) => {
      const { handler } = await openHandler(phase);
      await server.client.send(new PutItemCommand({ TableName: 'OLD', Item: { id: { S: phase } } }));
      await expect(handler({ Records: [record('104', 'INSERT', phase)] })).rejects.toMatchObject({
        code: 'MIGRATION_UNFINISHED',
      });
      expect(await itemsOf('NEW')).toEqual([]);
    },
  );

  test.each(['reverse', 'complete'])('writes nothing in the phase %s, and lets the records go', async (phase) => {
    const { handler } = await openHandler(phase);
    await server.client.send(new PutItemCommand({ TableName: 'OLD', Item: { id: { S: phase } } }));
    expect(await handler({ Records: [record('105', 'INSERT', phase)] })).toEqual({ batchItemFailures: [] });
    expect(await itemsOf('NEW')).toEqual([]);
  });

  test('touches nothing of a move that was begun with another version of the file', async () => {
    const { handler } = await openHandler('backfill', 's1:another');
    await expect(handler({ Records: [record('106', 'INSERT', 'a')] })).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
    expect(await itemsOf('NEW')).toEqual([]);
  });

  test.each([undefined, null, 'x', {}, { Records: {} }])(
    'refuses %j, which is no batch, before it asks anything',
    async (event) => {
      const { handler } = await openHandler('backfill');
      await expect(handler(event as never)).rejects.toMatchObject({ code: 'ITEM_INVALID' });
    },
  );

  test('leaves no trace of its invocations', async () => {
    const left = await server.client.send(new ScanCommand({ TableName: 'dynamigrate' }));
    expect(left.Items?.filter(({ pk }) => pk?.S?.startsWith('lambda#'))).toEqual([]);
  });
});
