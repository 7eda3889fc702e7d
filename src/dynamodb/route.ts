import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

type Stack = DynamoDBClient['middlewareStack'];
type Config = DynamoDBClient['config'];
export type HttpRequest = Parameters<Config['requestHandler']['handle']>[0];
export type HttpResponse = Awaited<ReturnType<Config['requestHandler']['handle']>>['response'];
type Signer = Config['httpAuthSchemes'][number]['signer'];

/** An operation as the SDK's protocol takes it. */
export interface Operation {
  readonly namespace: string;
  readonly name: string;
  readonly traits: unknown;
  readonly input: unknown;
  readonly output: unknown;
}

/** The client's protocol, as far as it is needed here. The SDK has two types for it, which nothing fits that is called. */
export interface ErrorReader {
  deserializeResponse(operation: Operation, context: object, response: HttpResponse): Promise<unknown>;
}

/** A command as far as a route needs to know it. */
export interface RoutedCommand {
  readonly input: { readonly TableName?: string; readonly RequestItems?: Readonly<Record<string, unknown>> };
  /** What the SDK's own middleware finds the operation by. */
  readonly schema?: readonly [
    kind: unknown,
    namespace: string,
    name: string,
    traits: unknown,
    input: unknown,
    output: unknown,
  ];
  readonly middlewareStack: Stack;
}

/** Where the requests of one operation and table go, and by whom they are signed, as the SDK resolved it. */
export interface Route {
  readonly operation: Operation;
  /** Unsigned, and without its length. */
  readonly request: HttpRequest;
  readonly signer: Signer;
  readonly identity: Parameters<Signer['sign']>[1];
  readonly signingProperties: Parameters<Signer['sign']>[2];
  readonly context: object;
}

interface SigningContext {
  readonly __smithy_context?: {
    readonly selectedHttpAuthScheme?: {
      readonly httpAuthOption: {
        readonly schemeId: string;
        readonly signingProperties?: Route['signingProperties'];
      };
      readonly identity: Route['identity'];
      readonly signer: Signer;
    };
  };
}

const learning = new WeakSet<object>();

/** Whether a request, by the context that its middleware has in common, is one that only learns its route. */
export function isLearning(context: object): boolean {
  return learning.has(context);
}

type Next = (args: { readonly request: HttpRequest }) => Promise<{ output: object; response: unknown }>;

/**
 * Lets `command`, which is about to be given to the SDK, tell where it would go, and ends it there: nothing is sent.
 * Where its route is none to be gone without the SDK, it is sent, and `onRoute` is not called.
 */
export function learnRoute(command: RoutedCommand, onRoute: (route: Route) => void): void {
  const [, namespace, name, traits, input, output] = command.schema ?? [];
  if (namespace === undefined || name === undefined) return;
  const stop =
    (next: Next, context: SigningContext): Next =>
    async (args) => {
      const { request } = args;
      const scheme = context.__smithy_context?.selectedHttpAuthScheme;
      // Another scheme may sign with an identity that expires, which nobody would notice here.
      if (scheme?.httpAuthOption.schemeId !== 'aws.auth#sigv4') return next(args);
      const headers = Object.entries(request.headers).filter(([header]) => header.toLowerCase() !== 'content-length');
      onRoute({
        operation: { namespace, name, traits, input, output },
        request: { ...request, headers: Object.fromEntries(headers) },
        signer: scheme.signer,
        identity: scheme.identity,
        signingProperties: scheme.httpAuthOption.signingProperties ?? {},
        context,
      });
      return { output: { $metadata: {} }, response: undefined };
    };
  // Nothing is sent, so nothing is to be waited for, or spent.
  command.middlewareStack.add(
    (next, context) => (args) => {
      learning.add(context);
      return next(args);
    },
    {
      step: 'initialize',
      priority: 'high',
      name: 'markLearning',
    },
  );
  // The request is complete there, but for what belongs to an attempt.
  const place = { relation: 'before', toMiddleware: 'retryMiddleware', name: 'learnRoute' } as const;
  command.middlewareStack.addRelativeTo(stop as unknown as Parameters<Stack['addRelativeTo']>[0], place);
}
