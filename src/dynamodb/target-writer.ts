import {
  BatchWriteItemCommand,
  type ConsumedCapacity,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { MigrateError, messageOf } from '../errors.js';
import { type AnyItem, isText, type KeyNames, type RawItem, rawItem } from '../item/attribute-value.js';
import { formatKey, keyId } from '../item/key.js';
import { textLength } from '../item/size.js';
import { isAwsError, isThrottling, isTransient, isUnknownOutcome } from './aws-errors.js';
import { mapChunks } from './map-chunks.js';
import { encodeJson } from './raw-json.js';
import { backoff, type Pauses } from './retry.js';
import { workOff } from './work-queue.js';

export interface TargetWrite {
  readonly key: RawItem;
  /** The whole item to put; `undefined` deletes. */
  readonly item: AnyItem | undefined;
  /**
   * The write is made only where there is no item, or one that has all of these attributes with equal values.
   * `undefined`: unconditional.
   */
  readonly owner: RawItem | undefined;
}

export interface TargetWriteOutcome {
  /** `not owner`: the item there is another unit's. An error: DynamoDB will never take this item. */
  readonly result: 'written' | 'not owner' | MigrateError;
  /**
   * An attempt ended unknown (timeout, reset, 5xx), so the write may land once more until the horizon has passed.
   * True even if a retry was acknowledged.
   */
  readonly late: boolean;
}

/** Makes all the writes, in any order; the outcomes are in the order given. No key may come twice in a call. */
export type TargetWriter = (writes: readonly TargetWrite[]) => Promise<readonly TargetWriteOutcome[]>;

export interface TargetWriterOptions extends Pauses {
  /** Has to send a request only once (`maxAttempts: 1`): every attempt counts for `late`, and is repeated here. */
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly keyNames: KeyNames;
  readonly onConsumed?: (writeUnits: number) => void;
}

// AWS: API reference of BatchWriteItem: 25 writes and 16 MB at most, on the wire. There a character takes at most six
// bytes (a control character, escaped), so 25 items that count as small are 10 MB, and the rest is measured.
const writesPerRequest = 25;
const bytesPerRequest = 4 * 1024 * 1024;
const smallText = 64 * 1024;
const written: TargetWriteOutcome = { result: 'written', late: false };
const requestsInFlight = { batch: 16, single: 16 };
const maxFaults = 8;
const maxThrottled = 10;

/**
 * The writer for the other table of a move: 25 unconditional writes a request, a request of its own for each write
 * that asks for an owner.
 *
 * A fault of one item is its outcome: `ITEM_TOO_LARGE`, or `ITEM_INVALID`. It rejects for what outlives its retries,
 * and at once for what the client's write guard throws; then no request of the call is under way any more, and
 * nothing is known about any of the writes.
 */
export function createTargetWriter(options: TargetWriterOptions): TargetWriter {
  const { client, tableName: TableName, keyNames, onConsumed } = options;
  const ReturnConsumedCapacity = 'TOTAL';

  const consumed = (capacity: ConsumedCapacity | ConsumedCapacity[] | undefined) => {
    for (const one of [capacity ?? []].flat()) onConsumed?.(one.CapacityUnits ?? 0);
  };

  async function writeOne(write: TargetWrite): Promise<TargetWriteOutcome> {
    const retries = createRetries(TableName, options);
    const condition = write.owner && ownedBy(write.owner, keyNames);
    const input = { TableName, ReturnConsumedCapacity, ...condition } as const;
    const { key: Key, item } = write;
    for (;;) {
      try {
        const output = item
          ? await client.send(new PutItemCommand({ ...input, Item: rawItem(item) }))
          : await client.send(new DeleteItemCommand({ ...input, Key }));
        consumed(output.ConsumedCapacity);
        return { result: 'written', late: retries.late };
      } catch (error) {
        if (isAwsError(error, 'ConditionalCheckFailedException')) return { result: 'not owner', late: retries.late };
        if (isRefusal(error)) return { result: refused(write, error), late: retries.late };
        await retries.failed(error);
      }
    }
  }

  /** Sends some writes at once, and answers those that are left. */
  async function writeBatch(
    writes: readonly TargetWrite[],
    retries: Retries,
    outcomes: Map<TargetWrite, TargetWriteOutcome>,
    late: Set<TargetWrite>,
  ): Promise<readonly TargetWrite[]> {
    try {
      const output = await client.send(
        new BatchWriteItemCommand({
          RequestItems: { [TableName]: writes.map(writeRequest) },
          ReturnConsumedCapacity,
        }),
      );
      consumed(output.ConsumedCapacity);
      const unprocessed = Object.values(output.UnprocessedItems ?? {}).flat();
      if (unprocessed.length === 0) {
        retries.succeeded();
        return [];
      }
      const ids = new Set(unprocessed.map((request) => keyId(keyedBy(request), keyNames)));
      const left = writes.filter(({ key }) => ids.has(keyId(key, keyNames)));
      await retries.throttled(left.length < writes.length);
      return left;
    } catch (error) {
      if (!isRefusal(error)) {
        if (isTransient(error) && !isThrottling(error) && isUnknownOutcome(error))
          for (const one of writes) late.add(one);
        await retries.failed(error);
        return writes;
      }
      if (new Set(writes.map(({ key }) => keyId(key, keyNames))).size < writes.length) {
        throw new MigrateError('INTERNAL', 'a key comes twice in one call of the target writer');
      }
      const [first] = writes;
      if (first && writes.length === 1) {
        outcomes.set(first, { result: refused(first, error), late: false });
        return [];
      }
      // One item is enough to refuse all of them; one by one they tell which it is. By the same action: a role that may
      // write batches need not be allowed another one.
      for (const write of writes) {
        for (let left: readonly TargetWrite[] = [write]; left.length > 0; ) {
          left = await writeBatch(left, retries, outcomes, late);
        }
      }
      return [];
    }
  }

  return async (writes) => {
    // Of those that were not simply written.
    const outcomes = new Map<TargetWrite, TargetWriteOutcome>();
    const owned = writes.filter((write) => write.owner);
    const unowned = writes.filter((write) => !write.owner);
    const late = new Set<TargetWrite>();
    const retries: Retries[] = [];
    await workOff(unowned, {
      size: writesPerRequest,
      weight: bytesPerRequest,
      weigh: ({ key, item }) => weightOf(item ?? key),
      inFlight: requestsInFlight.batch,
      work(some, worker) {
        retries[worker] ??= createRetries(TableName, options);
        return writeBatch(some, retries[worker], outcomes, late);
      },
    });
    await mapChunks(owned, requestsInFlight.single, async (write) => {
      outcomes.set(write, await writeOne(write));
    });
    return writes.map((write) => {
      const outcome = outcomes.get(write) ?? written;
      return late.has(write) ? { ...outcome, late: true } : outcome;
    });
  };
}

type Retries = ReturnType<typeof createRetries>;

/** Counts the failures of one sender, and pauses after each until there were too many in a row. */
function createRetries(tableName: string, pauses: Pauses) {
  let faults = 0;
  let throttled = 0;
  let late = false;
  const pauseThrottled = async (cause?: unknown) => {
    faults = 0;
    throttled += 1;
    if (throttled === maxThrottled) {
      throw new MigrateError('MIGRATION_FAILED', `\`${tableName}\` throttled ${maxThrottled} attempts in a row`, {
        fix: 'raise the table’s write capacity, then run the same command again: it resumes',
        cause,
      });
    }
    await backoff(throttled + 3, pauses);
  };
  return {
    /** Whether any attempt ended unknown. */
    get late() {
      return late;
    },
    succeeded() {
      faults = 0;
      throttled = 0;
    },
    /** After an answer that left something unprocessed. */
    async throttled(progress: boolean) {
      if (progress) throttled = 0;
      await pauseThrottled();
    },
    /** After an error; throws it where the request need not be sent again. */
    async failed(error: unknown) {
      if (!isTransient(error)) throw error;
      if (isThrottling(error)) return pauseThrottled(error);
      late ||= isUnknownOutcome(error);
      throttled = 0;
      faults += 1;
      if (faults === maxFaults) throw error;
      await backoff(faults + 2, pauses);
    },
  };
}

function weightOf(item: AnyItem): number {
  if (isText(item)) return item.maxBytes;
  const length = textLength(item);
  return length <= smallText ? length : Buffer.byteLength(encodeJson(item));
}

function writeRequest({ key: Key, item }: TargetWrite): WriteRequest {
  if (!item) return { DeleteRequest: { Key } };
  return { PutRequest: isText(item) ? item.put : { Item: item } };
}

function keyedBy({ PutRequest, DeleteRequest }: WriteRequest): RawItem {
  return (PutRequest?.Item ?? DeleteRequest?.Key ?? {}) as RawItem;
}

function ownedBy(owner: RawItem, { partitionKey }: KeyNames) {
  const entries = Object.entries(owner);
  const same = entries.map((_, index) => `#o${index}=:o${index}`).join(' AND ');
  return {
    ConditionExpression: `attribute_not_exists(#pk) OR (${same})`,
    ExpressionAttributeNames: {
      '#pk': partitionKey,
      ...Object.fromEntries(entries.map(([name], index) => [`#o${index}`, name])),
    },
    ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], index) => [`:o${index}`, value])),
  };
}

function isRefusal(error: unknown): error is Error {
  return isAwsError(error, 'ValidationException', 'ItemCollectionSizeLimitExceededException');
}

function refused({ key }: TargetWrite, error: Error): MigrateError {
  const tooLarge = error.name === 'ItemCollectionSizeLimitExceededException' || /item size/i.test(error.message);
  return new MigrateError(
    tooLarge ? 'ITEM_TOO_LARGE' : 'ITEM_INVALID',
    `DynamoDB refuses the item: ${messageOf(error)}`,
    { key: formatKey(key), cause: error },
  );
}
