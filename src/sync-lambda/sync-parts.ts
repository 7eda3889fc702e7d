import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { MoveMigration } from '../definition/define-move.js';
import { createClient } from '../dynamodb/client.js';
import { describeTable, keyNamesOf } from '../dynamodb/describe-table.js';
import { type ReadRangeOptions, readRange } from '../dynamodb/streams/read-range.js';
import { createStreamsClient } from '../dynamodb/streams/streams-client.js';
import type { Lease } from '../ledger/lease.js';
import { type Ledger, openLedger } from '../ledger/ledger.js';
import { type MetaTable, openMetaTable } from '../ledger/meta-table.js';
import { type ObligationRows, openObligations } from '../ledger/obligations.js';
import type { Direction } from '../ledger/rows.js';
import { moveMapping } from '../reconcile/move-mapping.js';
import { openTablePorts, type TablePorts } from '../reconcile/move-ports.js';

export interface SyncPartsOptions {
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
}

/** What the functions of one direction work with. Nothing is asked of AWS before it is needed. */
export interface SyncParts {
  readonly id: string;
  readonly direction: Direction;
  readonly meta: MetaTable;
  readonly ledger: Ledger;
  /** Obligations, written only while `lease` is held. */
  readonly obligations: (lease: Lease) => ObligationRows;
  /** The tables, written only while `lease` is held; requests that are open when it is lost are cut off. */
  readonly ports: (lease: Lease) => Promise<TablePorts>;
  /** Reads a part of the stream once more. */
  readonly readRange: (options: Omit<ReadRangeOptions, 'client'>) => ReturnType<typeof readRange>;
}

/** Far less than a function may run, so that the end of each write is known to it. */
const requestTimeoutMs = 10_000;

export function openSyncParts(options: SyncPartsOptions): SyncParts {
  const { id, direction = 'up', metaTable = 'dynamigrate', region, endpoint, credentials } = options;
  const connection = { region, endpoint, credentials };
  const client = createClient(connection);
  const meta = openMetaTable({ client, tableName: metaTable });
  let streams: ReturnType<typeof createStreamsClient> | undefined;
  let keys: ReturnType<typeof lookAtTables> | undefined;
  /** Of the invocation under way. Lambda gives one at a time to a process, so that connections can be kept. */
  let held: { readonly lease: Lease; readonly writer: DynamoDBClient } | undefined;
  let guarded: { readonly writer: DynamoDBClient; readonly obligations: ObligationRows } | undefined;

  function writerOf(lease: Lease): NonNullable<typeof guarded> {
    guarded ??= openGuarded();
    const { writer } = guarded;
    if (held?.lease === lease) return guarded;
    held = { lease, writer };
    lease.signal.addEventListener(
      'abort',
      () => {
        writer.destroy();
        if (guarded?.writer === writer) guarded = undefined;
      },
      { once: true },
    );
    return guarded;
  }

  function openGuarded() {
    const guard = () => {
      if (!held) throw new Error('a write without a lease');
      held.lease.assertHeld();
    };
    const guards = { guard, checkConnection: guard };
    const writer = createClient({ ...connection, ...guards, maxAttempts: 1, requestTimeoutMs });
    const rows = openMetaTable({ client: createClient({ ...connection, ...guards }), tableName: metaTable });
    return { writer, obligations: openObligations({ table: rows }) };
  }

  async function lookAtTables() {
    const { source, target } = options;
    const [from, to] = await Promise.all([describeTable(client, source), describeTable(client, target)]);
    return {
      source: { tableName: source, keyNames: keyNamesOf(from) },
      target: { tableName: target, keyNames: keyNamesOf(to) },
    };
  }

  return {
    id,
    direction,
    meta,
    ledger: openLedger({ table: meta }),
    obligations: (lease) => writerOf(lease).obligations,
    readRange(options) {
      streams ??= createStreamsClient(connection);
      return readRange({ ...options, client: streams });
    },
    async ports(lease) {
      // What failed once, a table that is being made say, is asked again.
      keys ??= lookAtTables();
      const tables = await keys.catch((error: unknown) => {
        keys = undefined;
        throw error;
      });
      const { migration } = options;
      const mapping = moveMapping(migration, tables.source.keyNames, tables.target.keyNames);
      const { writer } = writerOf(lease);
      return openTablePorts({ direction, mapping, down: migration.down, ...tables, client, writer });
    },
  };
}
