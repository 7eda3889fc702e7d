import type { MoveMigration } from '../definition/define-move.js';
import { createClient } from '../dynamodb/client.js';
import { describeTable, keyNamesOf } from '../dynamodb/describe-table.js';
import { MigrateError } from '../errors.js';
import { openLedger } from '../ledger/ledger.js';
import { openMetaTable } from '../ledger/meta-table.js';
import { syncDirection } from '../ledger/move-phase.js';
import { openObligations } from '../ledger/obligations.js';
import { lambdaOrigin } from '../ledger/origin.js';
import type { Direction } from '../ledger/rows.js';
import { handleStreamRecords, type StreamBatchResponse } from '../reconcile/handle-stream-records.js';
import { moveMapping } from '../reconcile/move-mapping.js';
import { openTablePorts, type TablePorts } from '../reconcile/move-ports.js';

export interface SyncHandlerOptions {
  /** The migration's id: its file name without extension. */
  readonly id: string;
  /** What the migration file exports. */
  readonly migration: MoveMigration;
  /** Real names. */
  readonly source: string;
  readonly target: string;
  /** Default: `dynamigrate`. */
  readonly metaTable?: string;
  /** `up` (the default) follows the source's stream, `down` the target's, after the cutover. */
  readonly direction?: Direction;
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Told what made a batch fail; its answer carries only a number. */
  readonly onError?: (error: unknown) => void;
}

/** A batch of records of one shard, as Lambda delivers it. */
export interface StreamEventBatch {
  readonly Records: readonly unknown[];
}

/** What of the Lambda context is used. */
export interface InvocationContext {
  readonly awsRequestId?: string;
}

/** Far less than Lambda waits, so that the end of each write is known. */
const requestTimeoutMs = 10_000;

/**
 * The live sync of a move as a Lambda handler, for an event source mapping with `ReportBatchItemFailures`. In a phase
 * in which its direction may not write, it reports the batch as failed, and Lambda delivers it again later.
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
  const { id, direction = 'up', metaTable = 'dynamigrate', onError } = options;
  const { region, endpoint, credentials } = options;
  const connection = { region, endpoint, credentials };
  const client = createClient(connection);
  const writer = createClient({ ...connection, maxAttempts: 1, requestTimeoutMs });
  const table = openMetaTable({ client, tableName: metaTable });
  const ledger = openLedger({ table });
  const obligations = openObligations({ table });
  let ports: Promise<TablePorts> | undefined;

  async function openPorts(): Promise<TablePorts> {
    const { migration, source, target } = options;
    const [from, to] = await Promise.all([describeTable(client, source), describeTable(client, target)]);
    const tables = {
      source: { tableName: source, keyNames: keyNamesOf(from) },
      target: { tableName: target, keyNames: keyNamesOf(to) },
    };
    const mapping = moveMapping(migration, tables.source.keyNames, tables.target.keyNames);
    return openTablePorts({ direction, mapping, down: migration.down, ...tables, client, writer });
  }

  return async ({ Records }, { awsRequestId = 'local' } = {}) => {
    const row = await ledger.get(id);
    if (syncDirection(row) !== direction) {
      throw new MigrateError(
        'MIGRATION_UNFINISHED',
        `the live sync of \`${id}\` may not write in its phase ${row?.phase}`,
        {
          migration: id,
          fix: 'the records are delivered again; if the move is over, remove the event source mapping',
        },
      );
    }
    // What failed once, a table that is being made say, is asked again.
    ports ??= openPorts();
    const opened = await ports.catch((error: unknown) => {
      ports = undefined;
      throw error;
    });
    return handleStreamRecords(Records, {
      ...opened,
      obligations: obligations.bind(id, direction, lambdaOrigin(awsRequestId)),
      ...(onError && { onError }),
    });
  };
}
