import { MigrateError } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import { handleStreamRecords, type StreamBatchResponse } from '../reconcile/handle-stream-records.js';
import { type InvocationContext, inInvocation } from './in-invocation.js';
import { oneByOne } from './one-by-one.js';
import { openSyncParts, type SyncParts, type SyncPartsOptions } from './sync-parts.js';

export interface SyncHandlerOptions extends SyncPartsOptions {
  /** The checksum of the migration. A move that was begun with another version of the file is not touched. */
  readonly checksum?: string;
  /** Told what made a batch fail; its answer carries only a number. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A batch of records of one shard, as Lambda delivers it. */
export interface StreamEventBatch {
  readonly Records: readonly unknown[];
}

/**
 * The live sync of a move as a Lambda handler, for an event source mapping with `ReportBatchItemFailures`. In a phase
 * in which its direction may not write, it fails, and Lambda delivers the batch again later; once its direction is
 * over, it lets records go.
 *
 * @example
 * import migration from './migrations/002-rename-and-add-preference-attr.js';
 * export const handler = createSyncHandler({
 *   id: '002-rename-and-add-preference-attr',
 *   migration,
 *   source: 'USER_PREFERENCES',
 *   target: 'USER_PREFERENCESV2',
 * });
 */
export function createSyncHandler(
  options: SyncHandlerOptions,
): (event: StreamEventBatch, context?: InvocationContext) => Promise<StreamBatchResponse> {
  const parts = openSyncParts(options);
  return oneByOne((event, context) => handleBatch(parts, options, event, context));
}

/** One batch, under a lease of its own. */
export async function handleBatch(
  parts: SyncParts,
  { checksum, onError }: Pick<SyncHandlerOptions, 'checksum' | 'onError'>,
  event: StreamEventBatch,
  context: InvocationContext = {},
): Promise<StreamBatchResponse> {
  const { id } = parts;
  const records = recordsOf(event);
  return inInvocation(parts, context, async ({ lease, row, standing, openObligations }) => {
    if (standing === 'over') return { batchItemFailures: [] };
    if (standing === 'wait') throw mayNotWrite(id, row);
    if (checksum !== undefined && row?.checksum !== checksum) throw anotherVersion(id, checksum, row);
    const ports = await parts.ports(lease);
    return handleStreamRecords(records, { ...ports, obligations: openObligations(), onError });
  });
}

/** An event that is no batch has no record to lose; it fails, and its sender is told. */
function recordsOf(event: unknown): readonly unknown[] {
  const records = (event as Partial<StreamEventBatch> | null | undefined)?.Records;
  if (Array.isArray(records)) return records;
  throw new MigrateError('ITEM_INVALID', 'the event has no `Records`, so it is not one of a stream of DynamoDB', {
    fix: 'invoke the function with the event of `test-event.json`, or by its event source mapping',
  });
}

/** The records, or the message, are to be delivered again. */
export function mayNotWrite(migration: string, row: LedgerRow | undefined): MigrateError {
  const where = row ? `in its phase ${row.phase ?? row.state}` : 'before it was begun';
  return new MigrateError('MIGRATION_UNFINISHED', `the live sync of \`${migration}\` may not write ${where}`, {
    migration,
    fix: 'the records are delivered again; if the move is over, remove the event source mapping',
  });
}

function anotherVersion(migration: string, checksum: string, row: LedgerRow | undefined): MigrateError {
  return new MigrateError(
    'CHECKSUM_MISMATCH',
    `this function was made of another version of \`${migration}\` (${checksum}, the move runs with ${row?.checksum})`,
    { migration, fix: `deploy it anew: \`migrate sync deploy ${migration}\`` },
  );
}
