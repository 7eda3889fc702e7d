import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A running in-memory dynalite. `client(…)` opens further clients, which `close` closes too. */
export interface Dynalite {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  readonly openClient: () => DynamoDBClient;
  readonly close: () => Promise<void>;
}

export interface DynaliteOptions {
  readonly createTableMs?: number;
  readonly deleteTableMs?: number;
  readonly updateTableMs?: number;
  /** Called with the operation of every request: `Scan`. */
  readonly onRequest?: (operation: string) => void;
}

type CreateServer = (options: Omit<DynaliteOptions, 'onRequest'>) => Server;

/** Starts an in-memory dynalite on a random port; tables change state at once unless told otherwise. */
export async function startDynalite({ onRequest, ...options }: DynaliteOptions = {}): Promise<Dynalite> {
  // dynalite ships no types, and a CommonJS module whose `module.exports` is a function.
  const createServer = createRequire(import.meta.url)('dynalite') as CreateServer;
  const server = createServer({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...options });
  if (onRequest) {
    server.on('request', ({ headers }) => onRequest(String(headers['x-amz-target']).replace(/^.*\./, '')));
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: DynamoDBClient[] = [];
  const openClient = () => {
    const client = new DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    clients.push(client);
    return client;
  };
  return {
    endpoint,
    client: openClient(),
    openClient,
    close: async () => {
      for (const client of clients) client.destroy();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Idle keep-alive sockets would hold the close for seconds.
      server.closeAllConnections();
      await closed;
    },
  };
}
