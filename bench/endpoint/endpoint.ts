import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { CapacityOptions, SecondOfUse } from './capacity.js';
import { answerGenerated } from './generated-requests.js';
import type { GeneratedTableOptions } from './generated-table.js';
import { ServiceError } from './service-error.js';
import { answerStored } from './stored-table.js';
import { createTables, describe } from './tables.js';

/** What an endpoint is to be like from now on; what is left out stays as it is. */
export interface EndpointSettings {
  /** How long each answer is kept back. 0 at first. */
  readonly latencyMs?: number;
  /** Begin with no table at all. */
  readonly drop?: boolean;
  /** Tables made of nothing; one that is there already begins anew. */
  readonly generate?: Readonly<Record<string, GeneratedTableOptions>>;
  /** By table; also in mid-run. */
  readonly capacity?: Readonly<Record<string, CapacityOptions>>;
  /** Whether there is BatchExecuteStatement. True at first. */
  readonly partiql?: boolean;
}

export interface EndpointStats {
  /** Requests by operation, since the last `reset`. */
  readonly requests: Readonly<Record<string, number>>;
  readonly timelines: Readonly<Record<string, readonly SecondOfUse[]>>;
}

export interface Endpoint {
  readonly url: string;
  configure(settings: EndpointSettings): void;
  stats(): EndpointStats;
  close(): Promise<void>;
}

export interface EndpointOptions extends EndpointSettings {
  readonly port?: number;
  readonly now?: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Speaks DynamoDB's protocol from memory: generated tables of any size, and small ones that keep what is written. It
 * is meant to cost little, so that it is the client that is measured; signatures are not looked at, and of expressions
 * it knows what this repository sends.
 *
 * In a process of its own it is configured by requests: `X-Amz-Target: Bench.Configure` with {@link EndpointSettings},
 * `Bench.Stats`, `Bench.ResetStats`.
 */
export async function startEndpoint(options: EndpointOptions = {}): Promise<Endpoint> {
  const { port = 0, now = () => performance.now(), sleep = delay } = options;
  const tables = createTables(now);
  let latencyMs = 0;
  let partiql = true;
  let requests: Record<string, number> = {};

  function configure(settings: EndpointSettings): void {
    latencyMs = settings.latencyMs ?? latencyMs;
    partiql = settings.partiql ?? partiql;
    if (settings.drop) tables.clear();
    for (const [name, table] of Object.entries(settings.generate ?? {})) tables.generate(name, table);
    for (const [name, capacity] of Object.entries(settings.capacity ?? {})) tables.setCapacity(name, capacity);
  }
  const stats = (): EndpointStats => ({
    requests,
    timelines: Object.fromEntries(tables.all().map(({ name, capacity }) => [name, capacity.timeline()])),
  });

  function answer(operation: string, body: string): string {
    requests[operation] = (requests[operation] ?? 0) + 1;
    if (operation === 'BatchExecuteStatement' && !partiql) throw new ServiceError('UnknownOperationException');
    switch (operation) {
      case 'ListTables':
        return JSON.stringify({ TableNames: tables.all().map(({ name }) => name) });
      case 'CreateTable':
        return JSON.stringify(tables.create(JSON.parse(body)));
      case 'DeleteTable':
        return JSON.stringify(tables.drop(JSON.parse(body).TableName));
      case 'DescribeTable':
        return JSON.stringify({ Table: describe(tables.get(JSON.parse(body).TableName)) });
      default: {
        if (!dataOperations.test(operation))
          throw new ServiceError('UnknownOperationException', `no ${operation} here`);
        const table = tables.get(tableIn(body));
        table.capacity.count('requests');
        try {
          return table.kind === 'generated'
            ? answerGenerated(table, operation, body)
            : JSON.stringify(answerStored(table, operation, JSON.parse(body)));
        } catch (error) {
          if (/ThroughputExceeded/.test((error as Error).name)) table.capacity.count('throttled');
          throw error;
        }
      }
    }
  }

  function control(operation: string, body: string): string {
    if (operation === 'Configure') configure(JSON.parse(body));
    if (operation === 'ResetStats') requests = {};
    return operation === 'Stats' ? JSON.stringify(stats()) : '{}';
  }

  configure(options);
  const server = createServer(async (request, response) => {
    const [service = '', operation = ''] = String(request.headers['x-amz-target']).split('.');
    let status = 200;
    let text: string;
    const body = await bodyOf(request);
    try {
      text = service === 'Bench' ? control(operation, body) : answer(operation, body);
    } catch (thrown) {
      const error =
        thrown instanceof ServiceError ? thrown : new ServiceError('InternalServerError', String(thrown), 500);
      status = error.status;
      text = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${error.name}`, message: error.message });
    }
    if (latencyMs > 0 && service !== 'Bench') await sleep(latencyMs);
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(text),
      'x-amzn-requestid': 'bench',
    });
    response.end(text);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    configure,
    stats,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const dataOperations = /^(?:Scan|Query|(?:Batch)?GetItem|(?:Put|Update|Delete|BatchWrite)Item|BatchExecuteStatement)$/;

function tableIn(body: string): string {
  const found =
    /"RequestItems":\{"([^"]+)"/.exec(body) ??
    /"Statement":"UPDATE \\"([^"\\]+)\\"/.exec(body) ??
    /"TableName":"([^"]+)"/.exec(body);
  return found?.[1]?.replace(/^arn:.*:table\//, '') ?? '';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
