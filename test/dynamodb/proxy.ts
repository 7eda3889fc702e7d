import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way to the engine: its operation (`Scan`) and its input, as the service takes it. */
export interface ProxiedRequest {
  readonly operation: string;
  readonly input: Record<string, unknown>;
  /** Sends it, changed or not; the answer as the engine gave it. */
  readonly forward: (input?: Record<string, unknown>) => Promise<ProxiedAnswer>;
}

export interface ProxiedAnswer {
  readonly status: number;
  readonly body: string;
}

/** Answers a request; `undefined` lets it through as it is, `'cut'` drops the connection without an answer. */
export type Intercept = (
  request: ProxiedRequest,
) => Promise<ProxiedAnswer | 'cut' | undefined> | ProxiedAnswer | 'cut' | undefined;

export interface EngineProxy {
  readonly endpoint: string;
  /** What happens to requests from now on. */
  intercept: Intercept;
  readonly close: () => Promise<void>;
}

/** Stands between a client and an engine, so that a test can delay, change, refuse or lose what is said. */
export async function startProxy(target: string, intercept: Intercept = () => undefined): Promise<EngineProxy> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const forward = (input?: Record<string, unknown>) =>
      send(target, request.headers, input === undefined ? text : JSON.stringify(input));
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    try {
      const answer = (await proxy.intercept({ operation, input: JSON.parse(text), forward })) ?? (await forward());
      if (answer === 'cut') {
        response.destroy();
        return;
      }
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
    } catch (error) {
      response.destroy(error as Error);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: EngineProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    intercept,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}

/** An error as the service reports it. */
export function serviceError(name: string, message = name, status = 400): ProxiedAnswer {
  return { status, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }) };
}

async function send(target: string, headers: IncomingHttpHeaders, body: string): Promise<ProxiedAnswer> {
  const { 'content-length': _length, connection: _connection, host: _host, ...kept } = headers;
  const response = await fetch(target, { method: 'POST', headers: kept as Record<string, string>, body });
  return { status: response.status, body: await response.text() };
}
