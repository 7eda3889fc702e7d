import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as ShardRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { shuffled } from '../move/chaotic-delivery.js';
import { below, type Random } from '../move/items.js';

/** What an event source mapping does, without AWS: batches of a real stream, from the oldest record on, again and again. */
export interface Mapping {
  /** Records that the function has dealt with. */
  readonly handled: () => number;
  /** Batches that failed. */
  readonly failures: () => number;
  /** Resolves when the function has had everything that was written before. */
  readonly idle: () => Promise<void>;
  /** Delivers what was delivered before once more, and nothing new. */
  readonly redeliver: (batches: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface MappingOptions {
  /** Makes it deliver batches again, whole, in part, shuffled, now and long after. Default: it does not. */
  readonly random?: Random;
}

export type Invoke = (event: { readonly Records: readonly unknown[] }) => Promise<unknown>;

export function startMapping(
  endpoint: string,
  StreamArn: string,
  invoke: Invoke,
  { random }: MappingOptions = {},
): Mapping {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBStreamsClient({ endpoint, region: 'us-east-1', credentials });
  let size = 100;
  const state = { handled: 0, failures: 0, stopped: false, rounds: 0 };
  const iterators = new Map<string, string | undefined>();
  const waiting = new Map<string, ShardRecord[]>();
  const past: unknown[] = [];

  async function round(): Promise<boolean> {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
    let found = false;
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      if (!iterators.has(ShardId)) {
        const input = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
        iterators.set(ShardId, (await client.send(new GetShardIteratorCommand(input))).ShardIterator);
      }
      const records = waiting.get(ShardId) ?? [];
      const ShardIterator = iterators.get(ShardId);
      if (records.length === 0 && ShardIterator !== undefined) {
        const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 100 })).catch((error: Error) => {
          // DynamoDB Local lets an iterator go stale: begin again, records may come twice.
          if (error.name !== 'TrimmedDataAccessException' && error.name !== 'ExpiredIteratorException') throw error;
          return undefined;
        });
        if (!page) {
          iterators.delete(ShardId);
          continue;
        }
        iterators.set(ShardId, page.NextShardIterator);
        records.push(...(page.Records ?? []));
      }
      waiting.set(ShardId, await deliver(records));
      found ||= records.length > 0;
    }
    return found;
  }

  /** Answers what has to be delivered again. */
  async function deliver(records: ShardRecord[]): Promise<ShardRecord[]> {
    if (records.length === 0) return records;
    // What fails is cut in two, as with BisectBatchOnFunctionError.
    const batch = records.slice(0, size).map(asLambdaHasIt);
    const answer = (await invoke({ Records: batch }).catch(() => 'failed')) as
      | { readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[] }
      | 'failed';
    const failed =
      answer === 'failed' ? records[0]?.dynamodb?.SequenceNumber : answer.batchItemFailures?.[0]?.itemIdentifier;
    const from =
      failed === undefined ? batch.length : records.findIndex((one) => one.dynamodb?.SequenceNumber === failed);
    state.handled += from;
    size = failed === undefined ? 100 : Math.max(1, Math.floor(batch.length / 2));
    if (failed === undefined && random) {
      past.push(...batch);
      if (random() < 0.3) await again(shuffled(batch.slice(below(random, batch.length)), random));
      if (random() < 0.3) await redeliver(1);
    }
    if (failed !== undefined) {
      state.failures += 1;
      await delay(50);
    }
    return records.slice(Math.max(0, from));
  }

  /** Lambda delivers what failed again; here that is done in any case. */
  async function again(Records: readonly unknown[]): Promise<void> {
    await invoke({ Records }).catch(() => undefined);
  }

  async function redeliver(batches: number): Promise<void> {
    for (let batch = 0; batch < batches && random; batch++) {
      const start = below(random, past.length);
      await again(shuffled(past.slice(start, start + 1 + below(random, 40)), random));
    }
  }

  const running = (async () => {
    while (!state.stopped) {
      const found = await round();
      state.rounds = found ? 0 : state.rounds + 1;
      if (!found) await delay(50);
    }
  })();
  running.catch(() => undefined);

  return {
    handled: () => state.handled,
    failures: () => state.failures,
    async idle() {
      state.rounds = 0;
      while (state.rounds < 5) {
        await Promise.race([running, delay(50)]);
      }
    },
    redeliver,
    async stop() {
      state.stopped = true;
      await running;
      client.destroy();
    },
  };
}

/** JSON has no bytes and no dates. */
function asLambdaHasIt(record: ShardRecord): unknown {
  const { dynamodb, ...rest } = record;
  return JSON.parse(
    JSON.stringify(
      {
        ...rest,
        eventSource: 'aws:dynamodb',
        dynamodb: {
          ...dynamodb,
          ApproximateCreationDateTime: (dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0) / 1000,
        },
      },
      withBase64,
    ),
  );
}

function withBase64(_key: string, value: unknown): unknown {
  const bytes = value as { readonly type?: unknown; readonly data?: unknown } | null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (bytes?.type === 'Buffer' && Array.isArray(bytes.data)) return Buffer.from(bytes.data).toString('base64');
  return value;
}
