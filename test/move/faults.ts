import { setTimeout as delay } from 'node:timers/promises';
import { type Intercept, type ProxiedRequest, serviceError } from '../dynamodb/proxy.js';
import { below, oneOf, type Random } from './items.js';

/** How often each fault was made. */
export type FaultCounts = Readonly<
  Record<'unprocessed' | 'throttled' | 'failed' | 'failed after' | 'answer lost' | 'landed late', number>
>;

export interface FaultOptions {
  readonly random: Random;
  /** The share of requests that fail, besides the batches that are cut in half. */
  readonly share: number;
  /** A write whose connection is cut lands within this time; well below the lease. */
  readonly lateMs: number;
}

type Requests = Readonly<Record<string, readonly unknown[]>>;

/**
 * Half of each BatchWriteItem comes back unprocessed; some requests are throttled, some fail before or after they were
 * carried out, the answers of some are lost, and some writes land only after their connection was cut.
 */
export function withFaults({ random, share, lateMs }: FaultOptions): { intercept: Intercept; counts: FaultCounts } {
  const counts = { unprocessed: 0, throttled: 0, failed: 0, 'failed after': 0, 'answer lost': 0, 'landed late': 0 };

  async function half({ input, forward }: ProxiedRequest) {
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
    const isWrite = /^(?:BatchWriteItem|PutItem|UpdateItem|DeleteItem)$/.test(operation);
    const isData = isWrite || /^(?:BatchGetItem|GetItem|Query|Scan|GetRecords|GetShardIterator)$/.test(operation);
    if (isData && random() < share) {
      const fault = oneOf<Exclude<keyof FaultCounts, 'unprocessed'>>(random, [
        'throttled',
        'failed',
        'failed after',
        'answer lost',
        'landed late',
      ]);
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
    return operation === 'BatchWriteItem' ? half(request) : undefined;
  };
  return { intercept, counts };
}
