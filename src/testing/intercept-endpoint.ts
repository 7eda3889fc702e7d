import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Intercept, type InterceptedAnswer, operationOf } from './intercept.js';

export interface InterceptedEndpoint {
  /** For `--endpoint`, the `endpoint` of `up`, or a client of your own. */
  readonly endpoint: string;
  /** What happens to requests from now on. */
  intercept: Intercept;
  readonly close: () => Promise<void>;
}

/**
 * Stands between clients and the DynamoDB at `target`, so that a test can delay, change, refuse or lose what is said.
 * Works for whatever talks to an endpoint: the functions of dynamigrate, a command, an application.
 *
 * @example
 * const lossy = await interceptEndpoint(migration.endpoint, withFaults({ seed: 1 }).intercept);
 * await up({ endpoint: lossy.endpoint });
 */
export async function interceptEndpoint(
  target: string,
  intercept: Intercept = () => undefined,
): Promise<InterceptedEndpoint> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const forward = (input?: Record<string, unknown>) =>
      send(target, request.headers, input === undefined ? text : JSON.stringify(input));
    const operation = operationOf(request.headers['x-amz-target']);
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
  const proxy: InterceptedEndpoint = {
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

async function send(target: string, headers: IncomingHttpHeaders, body: string): Promise<InterceptedAnswer> {
  const { 'content-length': _length, connection: _connection, host: _host, ...kept } = headers;
  const response = await fetch(target, { method: 'POST', headers: kept as Record<string, string>, body });
  return { status: response.status, body: await response.text() };
}
