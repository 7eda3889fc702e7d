import { below, type Random } from './items.js';

/** A handler of stream records, as Lambda or the stream reader calls it. */
export type Handler = (records: readonly unknown[]) => Promise<{ readonly batchItemFailures: readonly unknown[] }>;

export interface ChaoticDelivery {
  /** Takes the place of the handler. */
  readonly handle: Handler;
  /** Delivers what was delivered before once more, and nothing new. */
  redeliver(batches: number): Promise<void>;
  /** Batches that were delivered. */
  readonly delivered: () => number;
}

/** More than it needs to be, so that records of the very beginning come again at the end. */
const remembered = 20_000;
const largestBatch = 40;
const atOnce = 5;

/**
 * Delivers every record at least twice, in batches that are cut anew, shuffled, in shuffled order and several at once,
 * together with batches that were delivered long before.
 */
export function deliverChaotically(handler: Handler, random: Random): ChaoticDelivery {
  const past: unknown[] = [];
  let delivered = 0;

  async function deliver(batches: readonly (readonly unknown[])[]): Promise<void> {
    const waiting = shuffled(batches, random);
    const work = async () => {
      for (let batch = waiting.pop(); batch !== undefined; batch = waiting.pop()) {
        const { batchItemFailures } = await handler(shuffled(batch, random));
        if (batchItemFailures.length > 0) throw new Error('a batch was not handled');
        delivered += 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  function oldBatch(): unknown[] {
    const start = below(random, past.length);
    return past.slice(start, start + 1 + below(random, largestBatch));
  }

  return {
    async handle(records) {
      const old = Array.from({ length: past.length > 0 ? 3 : 0 }, oldBatch);
      await deliver([...cut(records, random), ...cut(records, random), ...old]);
      past.push(...records);
      if (past.length > remembered) past.splice(0, past.length - remembered);
      return { batchItemFailures: [] };
    },
    redeliver: (batches) => deliver(Array.from({ length: batches }, oldBatch)),
    delivered: () => delivered,
  };
}

function cut(records: readonly unknown[], random: Random): (readonly unknown[])[] {
  const batches: (readonly unknown[])[] = [];
  for (let start = 0; start < records.length; ) {
    const end = start + 1 + below(random, largestBatch);
    batches.push(records.slice(start, end));
    start = end;
  }
  return batches;
}

export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const result = [...list];
  for (let index = result.length - 1; index > 0; index--) {
    const other = below(random, index + 1);
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}
