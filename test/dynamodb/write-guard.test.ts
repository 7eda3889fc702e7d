import * as sdk from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  ExecuteStatementCommand,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { guardWrites } from '../../src/dynamodb/write-guard.js';

const { DynamoDBClient } = sdk;

let stopped: { command: string; tables: readonly string[] }[];
let sent: number;
let client: sdk.DynamoDBClient;

beforeEach(() => {
  stopped = [];
  sent = 0;
  client = new DynamoDBClient({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  // In place of the network: the request was let through.
  client.middlewareStack.add(
    () => async () => {
      sent += 1;
      return { output: { $metadata: {} } as never, response: {} };
    },
    { step: 'initialize', priority: 'low' },
  );
  guardWrites(client, (write) => {
    stopped.push(write);
    throw new Error('stopped');
  });
});

async function passes(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
  } catch (error) {
    expect((error as Error).message).toBe('stopped');
    expect(sent).toBe(0);
    return false;
  }
  expect(sent).toBe(1);
  sent = 0;
  return true;
}

type AnyCommand = new (input: object) => sdk.GetItemCommand;
const commands = Object.entries(sdk).filter(([name]) => /^[A-Z]\w+Command$/.test(name)) as unknown as [
  string,
  AnyCommand,
][];

test('every command of the SDK that is not known to read is stopped', async () => {
  const passed: string[] = [];
  for (const [name, Command] of commands) if (await passes(client.send(new Command({})))) passed.push(name);
  for (const read of ['GetItem', 'BatchGetItem', 'TransactGetItems', 'Query', 'Scan', 'DescribeTable', 'ListTables']) {
    expect(passed).toContain(`${read}Command`);
  }
  for (const name of passed) expect(name).toMatch(/^(?:(?:Batch|Transact)?Get|Query|Scan|Describe|List)/);
  const names = stopped.map(({ command }) => command);
  for (const write of [
    'PutItem',
    'UpdateItem',
    'DeleteItem',
    'BatchWriteItem',
    'TransactWriteItems',
    'CreateTable',
    'UpdateTable',
    'DeleteTable',
    'UpdateTimeToLive',
    'TagResource',
    'ExecuteStatement',
    'BatchExecuteStatement',
    'ExecuteTransaction',
  ]) {
    expect(names).toContain(write);
  }
  expect(passed.length + stopped.length).toBe(commands.length);
});

test('the guard is told the command and the table', async () => {
  await passes(client.send(new sdk.DeleteTableCommand({ TableName: 'USERS' })));
  expect(stopped).toEqual([{ command: 'DeleteTable', tables: ['USERS'] }]);
});

test('tables are told whatever way they are named', async () => {
  const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/USERS';
  await passes(client.send(new sdk.DeleteTableCommand({ TableName: arn })));
  await passes(client.send(new sdk.ExecuteStatementCommand({ Statement: 'DELETE FROM "USERS" WHERE id=1' })));
  await passes(client.send(new sdk.ExecuteStatementCommand({ Statement: 'update USERS set a=1' })));
  await passes(client.send(new sdk.BatchWriteItemCommand({ RequestItems: { USERS: [] } })));
  await passes(
    client.send(new sdk.TransactWriteItemsCommand({ TransactItems: [{ Delete: { TableName: 'USERS', Key: {} } }] })),
  );
  expect(stopped.map(({ tables }) => tables)).toEqual([['USERS'], ['USERS'], ['USERS'], ['USERS'], ['USERS']]);
});

describe('PartiQL', () => {
  const select = { Statement: ' select * from "USERS"' };
  const update = { Statement: 'UPDATE "USERS" SET a=1 WHERE id=\'SELECT\'' };
  test.each([
    ['a SELECT', new sdk.ExecuteStatementCommand(select), true],
    ['an UPDATE', new sdk.ExecuteStatementCommand(update), false],
    ['SELECTs in a batch', new sdk.BatchExecuteStatementCommand({ Statements: [select, select] }), true],
    [
      'one DELETE in a batch',
      new sdk.BatchExecuteStatementCommand({ Statements: [select, { Statement: 'DELETE FROM "USERS"' }] }),
      false,
    ],
    ['an empty batch', new sdk.BatchExecuteStatementCommand({ Statements: [] }), false],
    [
      'reads in a transaction',
      new sdk.ExecuteTransactionCommand({ TransactStatements: [{ Statement: 'EXISTS(SELECT * FROM "USERS")' }] }),
      true,
    ],
    [
      'an INSERT in a transaction',
      new sdk.ExecuteTransactionCommand({
        TransactStatements: [select, { Statement: 'INSERT INTO "USERS" VALUE {}' }],
      }),
      false,
    ],
  ])('%s: passes %$', async (_what, command, expected) => {
    expect(await passes(client.send(command as sdk.ExecuteStatementCommand))).toBe(expected);
  });
});

test('a document client made from the client is guarded too', async () => {
  const documents = DynamoDBDocumentClient.from(client);
  expect(await passes(documents.send(new GetCommand({ TableName: 'USERS', Key: { id: '1' } })))).toBe(true);
  expect(await passes(documents.send(new PutCommand({ TableName: 'USERS', Item: { id: '1' } })))).toBe(false);
  expect(await passes(documents.send(new UpdateCommand({ TableName: 'USERS', Key: { id: '1' } })))).toBe(false);
  expect(await passes(documents.send(new ExecuteStatementCommand({ Statement: 'DELETE FROM "USERS"' })))).toBe(false);
  expect(stopped.slice(0, 2)).toEqual([
    { command: 'PutItem', tables: ['USERS'] },
    { command: 'UpdateItem', tables: ['USERS'] },
  ]);
});
