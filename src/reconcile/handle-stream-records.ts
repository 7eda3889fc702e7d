import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import { keyId } from '../item/key.js';
import { intentOf, type Mapping } from './mapping.js';
import type { Obligation, Obligations, Unit } from './ports.js';
import type { ReconcileOptions } from './reconcile.js';
import { reconcileDurably } from './reconcile-durably.js';
import { reconcileObligations } from './reconcile-obligations.js';
import { parseStreamRecord, type StreamRecord, sequenceNumberOf, sequenceTextOf } from './stream-record.js';

export interface HandleStreamRecordsOptions extends Omit<ReconcileOptions, 'obligations'> {
  readonly obligations: Pick<Obligations, 'add' | 'remove'>;
  /** Told what made the batch fail; the answer to Lambda carries only a number. Never throws. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What Lambda expects with ReportBatchItemFailures: from the lowest of these numbers on, all is delivered again. */
export interface StreamBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Handles one batch of records of one shard. A record is only the notice that a unit changed, so records may come
 * twice, late and in any order.
 *
 * @throws what made the batch fail, only where the lowest failed record has no sequence number to report: Lambda
 * then delivers the whole batch again.
 */
export async function handleStreamRecords(
  records: readonly unknown[],
  options: HandleStreamRecordsOptions,
): Promise<StreamBatchResponse> {
  const { parsed, misshapen } = parseAll(records, options.mapping);
  const failed: unknown[] = [];
  let cause: unknown;
  async function attempt(these: readonly unknown[], work: () => Promise<void>): Promise<void> {
    if (these.length === 0) return;
    try {
      await work();
    } catch (error) {
      cause ??= error;
      failed.push(...these);
      options.onError?.(error);
    }
  }

  await Promise.all([
    // Rule 6: a record that cannot be read is parked as it is. Thrown, it would come again until it expires, and stop
    // its shard; skipped, its change would be lost without a trace.
    attempt([...misshapen.keys()], async () => {
      await options.obligations.add([...misshapen.values()]);
    }),
    attempt([...parsed.keys()], () => reconcileDurably(groupByUnit([...parsed.values()], options.mapping), options)),
  ]);
  if (failed.length === 0) return { batchItemFailures: [] };

  const numbered = failed.map((record) => ({ record, number: sequenceNumberOf(record) }));
  const lowest = numbered.reduce((a, b) => ((b.number ?? -1n) < (a.number ?? -1n) ? b : a));
  if (lowest.number === undefined) throw cause;
  return { batchItemFailures: [{ itemIdentifier: sequenceTextOf(lowest.record) }] };
}

/**
 * What has to be done because of these records, without doing it: every unit that they name is to be reconciled, with
 * the keys of all their images as its S, and what cannot be read is parked.
 */
export function obligationsOf(records: readonly unknown[], mapping: Mapping): Obligation[] {
  const { parsed, misshapen } = parseAll(records, mapping);
  const intents = groupByUnit([...parsed.values()], mapping).map(({ unit, keys }) => ({ unit, keys }));
  return [...reconcileObligations(intents, false), ...misshapen.values()];
}

function parseAll(
  records: readonly unknown[],
  mapping: Mapping,
): { parsed: Map<unknown, StreamRecord>; misshapen: Map<unknown, Obligation> } {
  const parsed = new Map<unknown, StreamRecord>();
  const misshapen = new Map<unknown, Obligation>();
  for (const record of records) {
    try {
      parsed.set(record, parseStreamRecord(record, mapping));
    } catch (thrown) {
      const error = isMigrateError(thrown)
        ? thrown
        : new MigrateError('ITEM_INVALID', `a record of the stream cannot be read: ${messageOf(thrown)}`);
      misshapen.set(record, { kind: 'misshapen', record, error });
    }
  }
  return { parsed, misshapen };
}

/** One unit for all records of an item: S from all images, the guess from the newest. */
function groupByUnit(records: readonly StreamRecord[], mapping: Mapping): Unit[] {
  const groups = new Map<string, StreamRecord[]>();
  for (const record of records) {
    const id = keyId(record.unit, mapping.sourceKeys);
    const group = groups.get(id);
    if (group) group.push(record);
    else groups.set(id, [record]);
  }
  return [...groups.values()].map((group) => {
    const newest = group.reduce((a, b) => (b.sequenceNumber > a.sequenceNumber ? b : a));
    const images = group.flatMap((record) => record.images);
    return { ...intentOf(newest.unit, images, mapping), guess: newest.after };
  });
}
