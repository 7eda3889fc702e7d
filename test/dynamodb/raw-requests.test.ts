import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isTransient, isUnknownOutcome } from '../../src/dynamodb/aws-errors.js';
import type { Budgets } from '../../src/dynamodb/budget/budgets.js';
import { type ClientOptions, createClient } from '../../src/dynamodb/client.js';
import { askForTexts, sendRaw } from '../../src/dynamodb/raw-requests.js';
import { itemTexts } from '../../src/dynamodb/text/item-texts.js';
import { type AnyItem, isText, type RawItem } from '../../src/item/attribute-value.js';

interface Sent {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Answer {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let server: Server;
let sent: Sent[];
/** The answers to come; `{}` after them. */
let answers: Answer[];
let clients: DynamoDBClient[];

beforeEach(async () => {
  [sent, answers, clients] = [[], [], []];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    sent.push({ headers: request.headers, body });
    const { status = 200, body: text = '{}', headers = {} } = answers.shift() ?? {};
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  for (const client of clients) client.destroy();
  server.closeAllConnections();
  server.close();
});

const connection = () => ({
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
});

function open(options: Partial<ClientOptions> = {}): DynamoDBClient {
  const client = createClient({ ...connection(), ...options });
  clients.push(client);
  return client;
}

const item: RawItem = {
  id: { S: 'a "B": "no"' },
  n: { N: '12345678901234567890123456789012345678' },
  B: { B: Uint8Array.of(0, 255, 7) },
  BS: { BS: [Uint8Array.of(1), Uint8Array.of(2, 3)] },
  sets: {
    L: [{ SS: ['ü', '\u0000'] }, { NS: ['1.0', '2'] }, { M: { B: { S: 'text' }, deep: { B: Uint8Array.of(9) } } }],
  },
  yes: { BOOL: true },
  no: { BOOL: false },
  nothing: { NULL: true },
};
const onTheWire = JSON.stringify(item, (_, value) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
);

function commands() {
  return [
    new ScanCommand({ TableName: 'ITEMS', Segment: 0, TotalSegments: 1, ExclusiveStartKey: undefined, Limit: 5 }),
    new QueryCommand({
      TableName: 'ITEMS',
      KeyConditionExpression: 'id=:id',
      ExpressionAttributeValues: { ':id': { B: Uint8Array.of(1) } },
    }),
    new GetItemCommand({ TableName: 'ITEMS', Key: item }),
    new PutItemCommand({ TableName: 'ITEMS', Item: item }),
    new UpdateItemCommand({
      TableName: 'ITEMS',
      Key: item,
      UpdateExpression: 'SET a=:a',
      ExpressionAttributeValues: { ':a': { M: item } },
    }),
    new BatchGetItemCommand({ RequestItems: { ITEMS: { Keys: [item], ConsistentRead: true } } }),
    new BatchWriteItemCommand({
      RequestItems: { ITEMS: [{ PutRequest: { Item: item } }, { DeleteRequest: { Key: item } }] },
    }),
    new BatchExecuteStatementCommand({
      Statements: [{ Statement: 'UPDATE "ITEMS" SET a=?', Parameters: [{ M: item }] }],
    }),
  ] as unknown as ScanCommand[];
}

test('the same is sent as by the SDK, to the same place', async () => {
  const client = open();
  const sdk = new DynamoDBClient(connection());
  clients.push(sdk);
  for (const [ours, theirs] of commands().map((command, index) => [command, commands()[index] ?? command] as const)) {
    sent = [];
    await client.send(ours);
    await sdk.send(theirs);
    const [one, other] = sent;
    expect(JSON.parse(one?.body ?? '')).toEqual(JSON.parse(other?.body ?? ''));
    const names = Object.keys(other?.headers ?? {}).sort();
    expect(Object.keys(one?.headers ?? {}).sort()).toEqual(names);
    for (const name of ['x-amz-target', 'content-type', 'host', 'x-amz-security-token', 'amz-sdk-request']) {
      expect(one?.headers[name]).toBe(name === 'amz-sdk-request' ? 'attempt=1; max=6' : other?.headers[name]);
    }
  }
});

test.each([
  [
    'Items',
    `{"Items":[${onTheWire}],"Count":1,"ScannedCount":1,"LastEvaluatedKey":${onTheWire},"ConsumedCapacity":{"TableName":"B","CapacityUnits":0.5}}`,
    0,
  ],
  ['Item', `{"Item":${onTheWire}}`, 2],
  ['Attributes', `{"Attributes":${onTheWire}}`, 4],
  ['keys', `{"Responses":{"ITEMS":[${onTheWire}]},"UnprocessedKeys":{"ITEMS":{"Keys":[${onTheWire}]}}}`, 5],
  [
    'writes',
    `{"UnprocessedItems":{"ITEMS":[{"PutRequest":{"Item":${onTheWire}}},{"DeleteRequest":{"Key":${onTheWire}}}]}}`,
    6,
  ],
  [
    'statements',
    `{"Responses":[{"Error":{"Code":"ConditionalCheckFailed","Message":"m","Item":${onTheWire}}},{"TableName":"ITEMS"}]}`,
    7,
  ],
  ['nothing', '{}', 1],
])('an answer is read as the SDK reads it: %s', async (_what, body, index) => {
  const client = open();
  const sdk = new DynamoDBClient(connection());
  clients.push(sdk);
  answers = [{ body }, { body }];
  const { $metadata: _ours, ...ours } = await client.send(commands()[index] as ScanCommand);
  const { $metadata: _theirs, ...theirs } = await sdk.send(commands()[index] as ScanCommand);
  expect(ours).toEqual(theirs);
});

test('a request is signed with all that is in it', async () => {
  const client = open();
  await client.send(new PutItemCommand({ TableName: 'ITEMS', Item: item }));
  const [{ headers, body } = { headers: {}, body: '' }] = sent;
  const [, date, names = '', signature] =
    /Credential=id\/(\d+)\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=(\S+), Signature=(\w+)$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  for (const name of ['host', 'x-amz-target', 'x-amz-security-token']) expect(names.split(';')).toContain(name);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const canonical = [
    'POST',
    '/',
    '',
    ...names.split(';').map((name) => `${name}:${headers[name]}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${date}/eu-west-1/dynamodb/aws4_request`;
  const key = ['eu-west-1', 'dynamodb', 'aws4_request'].reduce<Buffer>(hmac, hmac('AWS4secret', date ?? ''));
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  expect(signature).toBe(hmac(key, toSign).toString('hex'));
});

const refusal = (name: string, status = 400, headers = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'why' }),
});

test('what may be sent again is, with the guard asked each time; what may not is the SDK’s error', async () => {
  let asked = 0;
  const client = open({
    guard: () => {
      asked += 1;
    },
  });
  const put = () => client.send(new PutItemCommand({ TableName: 'ITEMS', Item: item }));
  answers = [refusal('InternalServerError', 500), refusal('InternalServerError', 503)];
  await put();
  expect(sent.map(({ headers }) => headers['amz-sdk-request'])).toEqual([1, 2, 3].map((n) => `attempt=${n}; max=6`));
  expect(new Set(sent.map(({ headers }) => headers['amz-sdk-invocation-id'])).size).toBe(1);
  expect(asked).toBeGreaterThanOrEqual(3);
  answers = [refusal('ValidationException')];
  await expect(put()).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'why',
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
  });
  expect(sent).toHaveLength(4);
});

test('a client that sends once does so, and throws the class that the SDK has for the refusal', async () => {
  const client = open({ maxAttempts: 1 });
  answers = [refusal('ProvisionedThroughputExceededException')];
  const sending = client.send(new ScanCommand({ TableName: 'ITEMS' }));
  await expect(sending).rejects.toBeInstanceOf(ProvisionedThroughputExceededException);
  expect(sent).toHaveLength(1);
});

test('a guard that throws between two attempts stops the second', async () => {
  let allowed = true;
  const client = open({
    guard: () => {
      if (!allowed) throw new Error('the lease is lost');
    },
  });
  answers = [refusal('InternalServerError', 500)];
  server.prependListener('request', () => {
    allowed = false;
  });
  await expect(client.send(new PutItemCommand({ TableName: 'ITEMS', Item: item }))).rejects.toThrow(
    'the lease is lost',
  );
  expect(sent).toHaveLength(1);
});

test.each([
  ['its checksum is another', { body: '{"Count":1}', headers: { 'x-amz-crc32': `${crc32('{"Count":2}')}` } }],
  ['it is cut off', { body: '{"Count":' }],
])('a damaged answer says nothing: %s', async (_why, damaged) => {
  const once = open({ maxAttempts: 1 });
  answers = [damaged];
  const error = await once.send(new ScanCommand({ TableName: 'ITEMS' })).catch((thrown: unknown) => thrown);
  expect(isTransient(error)).toBe(true);
  expect(isUnknownOutcome(error)).toBe(true);
  const client = open();
  answers = [damaged, { body: '{"Count":1}', headers: { 'x-amz-crc32': `${crc32('{"Count":1}')}` } }];
  expect((await client.send(new ScanCommand({ TableName: 'ITEMS' }))).Count).toBe(1);
});

test('a clock that is wrong is corrected by what the server says', async () => {
  const client = open();
  const there = new Date(Date.now() + 3_600_000);
  answers = [refusal('InvalidSignatureException', 400, { date: there.toUTCString() })];
  await client.send(new ScanCommand({ TableName: 'ITEMS' }));
  const [, second] = sent.map(({ headers }) => String(headers['x-amz-date']));
  expect(second?.slice(0, 11)).toBe(there.toISOString().replaceAll(/[-:]/g, '').slice(0, 11));
});

test('middleware of somebody else’s sees every request', async () => {
  const client = open();
  let seen = 0;
  client.middlewareStack.add((next) => async (args) => {
    seen += 1;
    return next(args);
  });
  await client.send(new ScanCommand({ TableName: 'ITEMS' }));
  expect(seen).toBe(1);
});

test('an attribute may be called `__proto__`', async () => {
  const client = open();
  const text = '{"Items":[{"id":{"B":"AA=="},"__proto__":{"M":{"__proto__":{"B":"AQ=="}}}}]}';
  answers = [{ body: text }];
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'ITEMS' }));
  await client.send(new PutItemCommand({ TableName: 'ITEMS', Item: Items[0] }));
  expect(sent[1]?.body).toContain('"__proto__":{"M":{"__proto__":{"B":"AQ=="}}}');
});

test('what goes around a request may change it, and hears of each attempt that failed', async () => {
  const heard: string[] = [];
  const client = new DynamoDBClient(connection());
  clients.push(client);
  sendRaw(client, {
    around: ({ operation, input }, send) =>
      send({ ...input, Limit: 7 }, (error) => heard.push(`${operation} ${(error as Error).name}`)),
  });
  answers = [refusal('InternalServerError', 500), { body: '{"Count":3}' }];
  expect((await client.send(new ScanCommand({ TableName: 'ITEMS' }))).Count).toBe(3);
  expect(heard).toEqual(['Scan InternalServerError']);
  expect(sent.map(({ body }) => JSON.parse(body))).toEqual([1, 2].map(() => ({ TableName: 'ITEMS', Limit: 7 })));
});

test('what begins at once learns its way from the first, and the budget pays each request once', async () => {
  let asked = 0;
  let begun = 0;
  const spending = { perIndex: false, throttled() {}, answered() {}, failed() {} };
  const begin = async () => {
    begun += 1;
    return spending;
  };
  const budgets = { begin } as unknown as Budgets;
  const guard = () => {
    asked += 1;
  };
  // The guard is asked when a command goes through the SDK, and before each request.
  const client = open({ guard, budget: { budgets, priority: 'patient' } });
  const put = () => client.send(new PutItemCommand({ TableName: 'ITEMS', Item: item }));
  await Promise.all([1, 2, 3, 4, 5].map(put));
  expect(sent.length).toBe(5);
  expect(begun).toBe(5);
  expect(asked).toBe(1 + 2 * 5);
});

test('a route that cannot be learned for a moment is learned by the next request', async () => {
  let failing = 1;
  const { credentials, ...where } = connection();
  const client = new DynamoDBClient({
    ...where,
    credentials: async () => {
      if (failing-- > 0) throw new Error('no credentials yet');
      return credentials;
    },
  });
  clients.push(client);
  sendRaw(client);
  const scan = () => client.send(new ScanCommand({ TableName: 'ITEMS' }));
  const outcomes = await Promise.allSettled([scan(), scan(), scan()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
});

test('items are texts where they are asked for, and put as texts', async () => {
  const client = open({ texts: itemTexts });
  const scan = () => askForTexts(new ScanCommand({ TableName: 'ITEMS' }));
  answers = Array.from({ length: 3 }, () => ({ body: `{"Items":[${onTheWire}],"Count":1}` }));
  const { Items: raw = [] } = await client.send(new ScanCommand({ TableName: 'ITEMS' }));
  expect(raw).toStrictEqual([item]);
  const { Items = [] } = await client.send(scan());
  const [text] = Items as unknown as AnyItem[];
  if (!text || !isText(text)) throw new Error('no text');
  expect(text.toItem()).toStrictEqual(item);
  // A client that knows none reads raw items, and sends what is in a text.
  const other = open();
  expect((await other.send(scan())).Items).toStrictEqual([item]);
  const put = () =>
    new BatchWriteItemCommand({ RequestItems: { ITEMS: [{ PutRequest: text.put }, { PutRequest: { Item: item } }] } });
  const bySdk = new DynamoDBClient(connection());
  clients.push(bySdk);
  sent = [];
  for (const sender of [client, other, bySdk]) await sender.send(put());
  expect(sent.map(({ body }) => JSON.parse(body))).toEqual(
    [1, 2, 3].map(() => ({
      RequestItems: { ITEMS: [1, 2].map(() => ({ PutRequest: { Item: JSON.parse(onTheWire) } })) },
    })),
  );
});

test('options that are left open are no options: such a request goes the short way', async () => {
  const client = open();
  let learned = 0;
  answers = [{ body: '{"Count":1}' }, { body: '{"Count":2}' }];
  const command = () => new ScanCommand({ TableName: 'ITEMS' });
  await client.send(command());
  // Serialized by the SDK, it would be read from the command again.
  const second = command();
  Object.defineProperty(second, 'resolveMiddleware', { value: () => (learned += 1) });
  expect((await client.send(second, undefined)).Count).toBe(2);
  expect(learned).toBe(0);
});
