import { type Intercept, type InterceptedAnswer, operationOf } from './intercept.js';

/** The part of the SDK's HTTP handlers that is used here. */
export interface RequestHandler {
  handle(request: HandledRequest, options?: unknown): Promise<{ response: HandledResponse }>;
  destroy?(): void;
}

interface HandledRequest {
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface HandledResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/**
 * Wraps the request handler of one SDK client; every attempt of a request passes `intercept`.
 *
 * @example
 * const { requestHandler } = client.config;
 * client.config.requestHandler = interceptHandler(requestHandler, withFaults({ seed: 1 }).intercept);
 */
export function interceptHandler<Handler extends RequestHandler>(handler: Handler, intercept: Intercept): Handler {
  const handle = async (request: HandledRequest, options?: unknown) => {
    const text = await textOf(request.body ?? '{}');
    const forward = async (input?: Record<string, unknown>) => {
      const changed = input === undefined ? request : withBody(request, JSON.stringify(input));
      const { response } = await handler.handle(changed, options);
      return { status: response.statusCode, body: await textOf(response.body) };
    };
    const operation = operationOf(request.headers['x-amz-target']);
    const answer = (await intercept({ operation, input: JSON.parse(text), forward })) ?? (await forward());
    if (answer === 'cut')
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
    return { response: responseOf(answer) };
  };
  return new Proxy(handler, {
    get: (target, name) => {
      if (name === 'handle') return handle;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The request is signed already; local engines do not look at the signature. */
function withBody(request: HandledRequest, body: string): HandledRequest {
  const headers = { ...request.headers, 'content-length': String(Buffer.byteLength(body)) };
  return Object.assign(Object.create(Object.getPrototypeOf(request)), request, { headers, body });
}

function responseOf({ status, body }: InterceptedAnswer): HandledResponse {
  return { statusCode: status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(body) };
}

async function textOf(body: unknown): Promise<string> {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
