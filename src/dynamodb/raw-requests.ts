import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isThrottling, isTransient } from './aws-errors.js';
import { limitByLatency, mostInFlight } from './in-flight.js';
import { type BodyFormat, rawJson } from './raw-json.js';
import { readAnswer } from './read-answer.js';
import { type ErrorReader, type HttpResponse, learnRoute, type Route, type RoutedCommand } from './route.js';
import { writeCheckOf } from './write-guard.js';

/** The operations whose input and output are JSON as they stand, but for bytes. */
const dataOperations = new Set([
  'Scan',
  'Query',
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchGetItem',
  'BatchWriteItem',
  'BatchExecuteStatement',
]);

/**
 * Of one client, however many segments and pages are at work. One process sends some 2,000 requests a second at most: 40
 * of them are under way where each takes 20 ms, and more where it takes longer (docs/design/0009-requests-in-flight.md).
 */
const inFlight = { least: 48, most: mostInFlight, perSecond: 2_000 };

const ofTheSdk = [
  'loggerMiddleware',
  'serializerMiddleware',
  'contentLengthMiddleware',
  'getUserAgentMiddleware',
  'hostHeaderMiddleware',
  'recursionDetectionMiddleware',
  'retryMiddleware',
  'httpSigningMiddleware',
  'deserializerMiddleware',
];

export interface RawRequest {
  /** `BatchWriteItem`. */
  readonly operation: string;
  readonly input: object;
}

/** Sends a request, changed or not. `onFailed` is called for each attempt that fails. */
export type SendRaw = (input: object, onFailed?: (error: unknown) => void) => Promise<object>;

const asking = new WeakSet<object>();

/** Lets the items in the answer to a command be texts, where the client knows texts. */
export function askForTexts<C extends object>(command: C): C {
  asking.add(command);
  return command;
}

export interface RawOptions {
  /** Goes around each request: what middleware would do in the step `initialize`. */
  readonly around?: (request: RawRequest, send: SendRaw) => Promise<object>;
  /** The names of the middleware of `client` that `around` does the work of. */
  readonly insteadOf?: readonly string[];
  /** Bodies that may have items as texts. Default: raw items only. */
  readonly texts?: BodyFormat | undefined;
}

const send = ({ input }: RawRequest, sendNow: SendRaw) => sendNow(input);

/**
 * Lets `client` send the operations that read and write items without the SDK's serializer and middleware, which take
 * about three quarters of a request's CPU: an item's JSON is its attribute values, so there is nothing to translate.
 *
 * Everything else of a request is the SDK's own. The first one of each operation and table goes its usual way as far
 * as the wire, which shows the resolved endpoint, the headers, the signer. It and the later ones are signed by that
 * signer, which corrects the clock, sent by the client's handler, judged by its retry strategy, and where they are
 * refused the client's protocol makes the error. The write guard is asked before each attempt, as ever.
 *
 * A client or command that has middleware of somebody else's sends all of its requests the usual way.
 */
export function sendRaw(
  client: DynamoDBClient,
  { around = send, insteadOf = [], texts = rawJson }: RawOptions = {},
): void {
  const known = new Set([...ofTheSdk, 'guardWrites', 'guardWriteAttempts', ...insteadOf]);
  const isKnown = client.middlewareStack.identify().every((entry) => known.has(entry.replace(/ .*/, '')));
  if (!isKnown) return;
  const sendBySdk = client.send.bind(client) as (command: RoutedCommand, ...rest: unknown[]) => Promise<object>;
  const hasOthersMiddleware = watchStack(client);
  const routes = new Map<string, Route | 'none'>();
  const learning = new Map<string, Promise<object>>();
  const limited = limitByLatency(inFlight);
  keepSigner(client);

  async function sendCommand(command: RoutedCommand, ...rest: unknown[]): Promise<object> {
    const operation = command.schema?.[2] ?? '';
    const hasOptions = rest.some((one) => one !== undefined);
    if (hasOptions || !dataOperations.has(operation) || hasOthersMiddleware() || isTouched(command)) {
      return sendBySdk(command, ...rest);
    }
    // What an endpoint may depend on.
    const { TableName, RequestItems = {} } = command.input;
    const id = `${operation} ${TableName ?? Object.keys(RequestItems).join(' ')}`;
    // What begins at once learns from the first; of that one's failure it knows nothing, and tries itself.
    const first = learning.get(id);
    if (first) await first.catch(() => undefined);
    if (!routes.has(id)) {
      const answer = await learn(id, command);
      if (routes.get(id) === 'none') return answer;
    }
    const route = routes.get(id);
    if (!route || route === 'none') return sendBySdk(command);
    const decode = asking.has(command) ? texts.decode : rawJson.decode;
    return around({ operation, input: command.input }, (input, onFailed) =>
      limited(() => sendBy(client, { route, encode: texts.encode, decode }, input, onFailed)),
    );
  }

  async function learn(id: string, command: RoutedCommand): Promise<object> {
    learnRoute(command, (route) => routes.set(id, route));
    const answer = sendBySdk(command);
    learning.set(id, answer);
    try {
      await answer;
    } finally {
      learning.delete(id);
    }
    if (!routes.has(id)) routes.set(id, 'none');
    return answer;
  }
  client.send = sendCommand as unknown as DynamoDBClient['send'];
}

/** The SDK makes a signer for each request, of a copy of all of the configuration; one will do. */
function keepSigner({ config }: DynamoDBClient): void {
  const { signer: make } = config;
  const made = new Map<unknown, ReturnType<typeof make>>();
  config.signer = (scheme) => {
    const known = made.get(scheme);
    if (known) return known;
    const signer = make(scheme);
    made.set(scheme, signer);
    signer.catch(() => made.delete(scheme));
    return signer;
  };
}

/** Answers whether anything was added to the client's middleware, or taken from it, since. */
function watchStack({ middlewareStack: stack }: DynamoDBClient): () => boolean {
  let changed = false;
  for (const change of ['add', 'addRelativeTo', 'use', 'remove', 'removeByTag'] as const) {
    const original = stack[change] as (...values: unknown[]) => unknown;
    Object.assign(stack, {
      [change]: (...values: unknown[]) => {
        changed = true;
        return original(...values);
      },
    });
  }
  return () => changed;
}

function isTouched({ middlewareStack }: RoutedCommand): boolean {
  return middlewareStack.identify().length > 0;
}

interface Way extends BodyFormat {
  readonly route: Route;
}

async function sendBy(
  client: DynamoDBClient,
  way: Way,
  input: object,
  onFailed?: (error: unknown) => void,
): Promise<object> {
  const { config } = client;
  const check = writeCheckOf(client);
  const { name } = way.route.operation;
  check(name, input);
  const body = way.encode(input);
  const maxAttempts = await config.maxAttempts();
  const invocation = randomUUID();
  const strategy = await config.retryStrategy();
  // Of the older kind, which somebody would have to give to the client.
  if (!('acquireInitialRetryToken' in strategy)) throw new TypeError('a retry strategy without tokens');
  let token = await strategy.acquireInitialRetryToken('');
  for (let attempt = 1; ; attempt++) {
    check(name, input);
    try {
      const output = await sendOnce(client, way, body, {
        'amz-sdk-invocation-id': invocation,
        'amz-sdk-request': `attempt=${attempt}; max=${maxAttempts}`,
      });
      strategy.recordSuccess(token);
      return output;
    } catch (error) {
      onFailed?.(error);
      try {
        token = await strategy.refreshRetryTokenForRetry(token, { errorType: typeOf(error) });
      } catch {
        throw error;
      }
      const delayMs = token.getRetryDelay();
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}

async function sendOnce(
  { config }: DynamoDBClient,
  { route: { request, signer, identity, ...route }, decode }: Way,
  body: Buffer,
  more: Readonly<Record<string, string>>,
): Promise<object> {
  const headers = { ...request.headers, ...more, 'content-length': String(body.byteLength) };
  // The signer notes in it when the request was sent: with that, an answer tells how far the clocks are apart.
  const signingProperties = { ...route.signingProperties };
  const signed = await signer.sign({ ...request, headers, body } as Route['request'], identity, signingProperties);
  try {
    const { response } = await config.requestHandler.handle(signed);
    const output =
      response.statusCode < 300 ? await readAnswer(response, decode) : await refuse(config, route, response);
    signer.successHandler?.(response, signingProperties);
    const { statusCode: httpStatusCode, headers: answered } = response;
    return { ...output, $metadata: { httpStatusCode, requestId: answered['x-amzn-requestid'] } };
  } catch (error) {
    signer.errorHandler?.(signingProperties)(error as Error);
    throw error;
  }
}

/** Throws the error that an answer tells of, as the SDK makes it. */
async function refuse(
  config: DynamoDBClient['config'],
  { operation, context }: Pick<Route, 'operation' | 'context'>,
  response: HttpResponse,
): Promise<never> {
  try {
    const protocol = config.protocol as unknown as ErrorReader;
    await protocol.deserializeResponse(operation, { ...config, ...context }, response);
  } catch (error) {
    // The signer looks in it for the server's time.
    throw Object.defineProperty(error as Error, '$response', { value: response });
  }
  throw new TypeError(`an answer with the status ${response.statusCode} tells of no error`);
}

function typeOf(error: unknown) {
  return isThrottling(error) ? 'THROTTLING' : isTransient(error) ? 'TRANSIENT' : 'CLIENT_ERROR';
}
