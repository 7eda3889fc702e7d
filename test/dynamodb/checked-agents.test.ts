import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient } from '../../src/dynamodb/client.js';
import { MigrateError } from '../../src/errors.js';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const put = () => new PutItemCommand({ TableName: 'T', Item: { id: { S: '1' } } });

let server: Server;
let connections = 0;
let requests = 0;

beforeEach(async () => {
  connections = 0;
  requests = 0;
  server = createServer((_request, response) => {
    requests += 1;
    response.end('{}');
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

function clientOf(checkConnection: () => void, maxAttempts = 1) {
  const { port } = server.address() as AddressInfo;
  return createClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials,
    maxAttempts,
    checkConnection,
  });
}

test('a request whose lease ended while it waited for its connection is not sent', async () => {
  const lost = new MigrateError('LEASE_LOST', 'the lock was lost');
  const client = clientOf(() => {
    throw lost;
  });
  await expect(client.send(put())).rejects.toBe(lost);
  expect(requests).toBe(0);
  client.destroy();
});

test('connections that pass the check are used, and kept', async () => {
  let checks = 0;
  const client = clientOf(() => {
    checks += 1;
  });
  for (let index = 0; index < 3; index++) await client.send(put());
  await Promise.all(Array.from({ length: 100 }, () => client.send(put())));
  expect(requests).toBe(103);
  expect(checks).toBe(connections);
  expect(connections).toBeLessThanOrEqual(100);
  client.destroy();
});

test('an endpoint that refuses the connection is told of as ever', async () => {
  const client = clientOf(() => undefined);
  await new Promise((resolve) => server.close(resolve));
  await expect(client.send(put())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  client.destroy();
});
