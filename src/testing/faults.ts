import { setTimeout as delay } from 'node:timers/promises';
import { type Intercept, type InterceptedRequest, isItemWrite, serviceError } from './intercept.js';
import { below, oneOf, type Random, randomFrom } from './random.js';

/**
 * What can go wrong with a request: it is throttled; it fails, before or after it was carried out; its answer is lost;
 * a write lands after its connection was cut.
 */
export type Fault = 'throttled' | 'failed' | 'failed after' | 'answer lost' | 'landed late';

/** How often each fault was made. */
export type FaultCounts = Readonly<Record<Fault | 'unprocessed', number>>;

export interface FaultOptions {
  /** The same seed makes the same choices, for requests that come in the same order. Default: 1. */
  readonly seed?: number;
  /** From 0 to 1; in place of `seed`. */
  readonly random?: Random;
  /** The share of requests for items that fail, besides the batches that are cut in half. Default: 0.1. */
  readonly share?: number;
  /** Default: all. */
  readonly kinds?: readonly [Fault, ...Fault[]];
  /** Whether half of each BatchWriteItem comes back unprocessed. Default: true. */
  readonly unprocessed?: boolean;
  /** A write that lands late does so within this time; well below the lease. Default: 200. */
  readonly lateMs?: number;
}

type Requests = Readonly<Record<string, readonly unknown[]>>;

/** Requests fail at random, in the ways in which they do in production. For `interceptEndpoint` or `interceptHandler`. */
export function withFaults(options: FaultOptions = {}): { intercept: Intercept; counts: FaultCounts } {
  const { seed = 1, random = randomFrom(seed), share = 0.1, unprocessed = true, lateMs = 200 } = options;
  const { kinds = ['throttled', 'failed', 'failed after', 'answer lost', 'landed late'] } = options;
  const counts = { unprocessed: 0, throttled: 0, failed: 0, 'failed after': 0, 'answer lost': 0, 'landed late': 0 };

  async function half({ input, forward }: InterceptedRequest) {
    const [[table = '', requests = []] = []] = Object.entries(input.RequestItems as Requests);
    if (requests.length < 2) return undefined;
    const taken = requests.filter((_, index) => index % 2 === 0);
    const answer = await forward({ ...input, RequestItems: { [table]: taken } });
    if (answer.status !== 200) return answer;
    counts.unprocessed += 1;
    const left = requests.filter((_, index) => index % 2 === 1);
    return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), UnprocessedItems: { [table]: left } }) };
  }

  const intercept: Intercept = async (request) => {
    const { operation, forward } = request;
    const isWrite = isItemWrite(request);
    const isData = isWrite || /^(?:BatchGetItem|GetItem|Query|Scan|GetRecords|GetShardIterator)$/.test(operation);
    if (isData && random() < share) {
      const fault = oneOf(random, kinds);
      if (fault !== 'landed late' || isWrite) counts[fault] += 1;
      switch (fault) {
        case 'throttled':
          return serviceError('ProvisionedThroughputExceededException');
        case 'failed':
          return serviceError('InternalServerError', 'InternalServerError', 500);
        case 'failed after':
          await forward();
          return serviceError('InternalServerError', 'InternalServerError', 500);
        case 'answer lost':
          await forward();
          return 'cut';
        case 'landed late':
          if (!isWrite) break;
          void delay(below(random, lateMs))
            .then(() => forward())
            // The engine is gone: the test is over.
            .catch(() => undefined);
          return 'cut';
      }
    }
    return unprocessed && operation === 'BatchWriteItem' ? half(request) : undefined;
  };
  return { intercept, counts };
}

/** A process that dies: see {@link killAfter}. */
export interface Kill {
  readonly intercept: Intercept;
  /** The writes that were carried out, as `UpdateItem USERS`. */
  readonly landed: readonly string[];
  readonly isDead: () => boolean;
}

/**
 * Carries out `writes` requests that change something, tables included, and refuses everything from then on, as though
 * the process had been killed at that moment. What was under way beside the last write may have landed or not.
 */
export function killAfter(writes: number): Kill {
  const landed: string[] = [];
  let dead = writes === 0;
  const gone = () => serviceError('AccessDeniedException', 'the process was killed by the test');
  return {
    landed,
    isDead: () => dead,
    async intercept(request) {
      const changes = isItemWrite(request) || /^(?:Create|Update|Delete|Tag|Untag|Put)/.test(request.operation);
      if (dead) return gone();
      if (!changes) return undefined;
      landed.push(describe(request));
      if (landed.length >= writes) dead = true;
      return request.forward();
    },
  };
}

function describe({ operation, input }: InterceptedRequest): string {
  const {
    TableName,
    RequestItems = {},
    Statements = [],
  } = input as {
    readonly TableName?: string;
    readonly RequestItems?: object;
    readonly Statements?: readonly { readonly Statement: string }[];
  };
  const named = Statements.map(({ Statement }) => /"([^"]+)"/.exec(Statement)?.[1] ?? '');
  const tables = TableName === undefined ? [...Object.keys(RequestItems), ...named] : [TableName];
  return [operation, ...new Set(tables)].join(' ');
}
