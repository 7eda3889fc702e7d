/** A request on its way to DynamoDB: its operation (`Scan`) and its input, as the service takes it. */
export interface InterceptedRequest {
  readonly operation: string;
  readonly input: Record<string, unknown>;
  /** Sends it, changed or not; the answer as DynamoDB gave it. */
  readonly forward: (input?: Record<string, unknown>) => Promise<InterceptedAnswer>;
}

export interface InterceptedAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

/** Answers a request; `undefined` lets it through as it is, `'cut'` drops the connection without an answer. */
export type Intercept = (
  request: InterceptedRequest,
) => Promise<InterceptedAnswer | 'cut' | undefined> | InterceptedAnswer | 'cut' | undefined;

/**
 * An error as DynamoDB reports it.
 *
 * @example
 * serviceError('ProvisionedThroughputExceededException')
 */
export function serviceError(name: string, message = name, status = 400): InterceptedAnswer {
  return { status, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }) };
}

const writes =
  /^(?:BatchWriteItem|BatchExecuteStatement|ExecuteStatement|PutItem|UpdateItem|DeleteItem|TransactWriteItems)$/;

/** Whether a request may change items. */
export function isItemWrite({ operation }: Pick<InterceptedRequest, 'operation'>): boolean {
  return writes.test(operation);
}

/** The operation in the `x-amz-target` header: `DynamoDB_20120810.Scan`. */
export function operationOf(target: unknown): string {
  return String(target).replace(/^.*\./, '');
}
