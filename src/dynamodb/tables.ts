import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  type StreamViewType,
  type TableDescription,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import { isAwsError } from './aws-errors.js';
import { describeTable, findTable } from './describe-table.js';
import { addIndex, dropIndex } from './table-indexes.js';
import {
  logLeftOut,
  setDeletionProtection,
  setPointInTimeRecovery,
  setStream,
  setTags,
  setTimeToLive,
} from './table-settings.js';
import { createTableInput, type IndexSpec, provisioned, type TableSpec, type Throughput } from './table-spec.js';
import { waitUntilActive, waitUntilDeleted } from './wait.js';

/** A record that outlives the process. */
export interface MadeResources {
  has(resource: string): boolean;
  add(resource: string): Promise<void>;
  remove(resource: string): Promise<void>;
}

/** What {@link Tables} need to know of the run they work for. */
export interface TablesContext {
  readonly client: DynamoDBClient;
  /** From the name in a migration to the name in this environment. */
  readonly tableName: (name: string) => string;
  readonly signal: AbortSignal;
  /** The tables and indexes that this migration made: `NAME` or `NAME/INDEX`, real names. */
  readonly made: MadeResources;
  /**
   * Whether an attempt before this one may have removed what is to be removed, or never made it. Then there is
   * nothing wrong with its being missing.
   */
  readonly mayBeGone: () => boolean;
  /** Remove only what this migration made: one that stopped half-way may have met a table of somebody else's. */
  readonly onlyOwn: boolean;
  readonly log: (message: string) => void;
}

/**
 * Table and index work for steps. Names are those of the migration; the environment's `tableName` is applied.
 * Every method returns when the change is in effect, and can be repeated: after a crash the same call finishes
 * what it began.
 */
export interface Tables {
  /** @throws MigrateError `TABLE_EXISTS` when a table of that name is there that this migration did not make. */
  create<Item = Record<string, unknown>>(spec: TableSpec<Item>): Promise<void>;
  /** @throws MigrateError `TABLE_NOT_FOUND`, unless an earlier attempt of this migration deleted it. */
  delete(name: string): Promise<void>;
  /** Capacity (`'on-demand'` or units) and deletion protection. */
  update(
    name: string,
    changes: { readonly throughput?: Throughput | 'on-demand'; readonly deletionProtection?: boolean },
  ): Promise<void>;
  /** Waits until the table and its indexes are ACTIVE. */
  wait(name: string): Promise<void>;
  exists(name: string): Promise<boolean>;
  describe(name: string): Promise<TableDescription>;
  /** Adds a global secondary index and waits until it is built, which takes hours on a large table. */
  addIndex<Item = Record<string, unknown>>(name: string, index: IndexSpec<keyof Item & string>): Promise<void>;
  dropIndex(name: string, indexName: string): Promise<void>;
  /** The attribute that holds an item's expiry in seconds since 1970, or `undefined` to switch expiry off. */
  setTimeToLive(name: string, attribute: string | undefined): Promise<void>;
  /** Adds or changes tags; a tag set to `undefined` is removed; others stay. */
  setTags(name: string, tags: Readonly<Record<string, string | undefined>>): Promise<void>;
  /** Switches the stream on with this view, or off. A stream with another view is an error: consumers hang on it. */
  setStream(name: string, view: StreamViewType | undefined): Promise<void>;
  setPointInTimeRecovery(name: string, enabled: boolean): Promise<void>;
}

export function createTables(context: TablesContext): Tables {
  const { client, tableName, signal, made, mayBeGone, log } = context;

  const tables: Tables = {
    async create(spec) {
      const name = tableName(spec.name);
      const input = createTableInput(spec as TableSpec, name);
      const existing = await findTable(client, name);
      if (existing && !(made.has(name) && sameKeys(existing, input))) throw tableExists(name);
      if (!existing) {
        log(`creating table ${name}`);
        await made.add(name);
        await client.send(new CreateTableCommand(input)).catch((error: unknown) => {
          // It was not there a moment ago: this is our own request, sent again because its answer was lost.
          if (!isAwsError(error, 'ResourceInUseException')) throw error;
        });
      }
      const table = await waitUntilActive(client, name, signal);
      // dynalite takes these two and forgets them.
      if (spec.stream && !table.StreamSpecification?.StreamEnabled) logLeftOut('streams', name, log);
      if (spec.deletionProtection && !table.DeletionProtectionEnabled) logLeftOut('deletion protection', name, log);
      if (spec.timeToLive !== undefined) await setTimeToLive(context, name, spec.timeToLive);
      if (spec.pointInTimeRecovery) await setPointInTimeRecovery(context, name, true);
    },

    async delete(name) {
      const real = tableName(name);
      if (!(await findTable(client, real))) {
        if (mayBeGone()) return;
        await describeTable(client, real);
      }
      if (context.onlyOwn && !made.has(real)) return log(`table ${real} was not made by this migration, and stays`);
      log(`deleting table ${real}`);
      await client.send(new DeleteTableCommand({ TableName: real })).catch((error: unknown) => {
        if (!isAwsError(error, 'ResourceNotFoundException')) throw error;
      });
      await waitUntilDeleted(client, real, signal);
      await made.remove(real);
    },

    async update(name, { throughput, deletionProtection }) {
      const real = tableName(name);
      const table = await describeTable(client, real);
      const onDemand = table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST';
      if (throughput === 'on-demand' ? !onDemand : throughput && !hasThroughput(table, throughput)) {
        log(`setting the capacity of ${real}`);
        await client.send(
          new UpdateTableCommand({
            TableName: real,
            ...(throughput === 'on-demand'
              ? { BillingMode: 'PAY_PER_REQUEST' }
              : { BillingMode: 'PROVISIONED', ProvisionedThroughput: throughput && provisioned(throughput) }),
          }),
        );
        await waitUntilActive(client, real, signal);
      }
      if (deletionProtection !== undefined) await setDeletionProtection(context, real, deletionProtection);
    },

    async wait(name) {
      await waitUntilActive(client, tableName(name), signal);
    },
    async exists(name) {
      return (await findTable(client, tableName(name))) !== undefined;
    },
    describe: (name) => describeTable(client, tableName(name)),
    addIndex: (name, index) => addIndex(context, tableName(name), index),
    dropIndex: (name, indexName) => dropIndex(context, tableName(name), indexName),
    setTimeToLive: (name, attribute) => setTimeToLive(context, tableName(name), attribute),
    setTags: (name, tags) => setTags(context, tableName(name), tags),
    setStream: (name, view) => setStream(context, tableName(name), view),
    setPointInTimeRecovery: (name, enabled) => setPointInTimeRecovery(context, tableName(name), enabled),
  };
  return tables;
}

function tableExists(name: string): MigrateError {
  return new MigrateError('TABLE_EXISTS', `there is a table \`${name}\` already`, {
    fix: 'choose another name if another migration made it; if it was made by hand, mark this migration as done: `migrate baseline <id> --reason "…"`',
  });
}

export function sameKeys(table: TableDescription, wanted: { KeySchema?: TableDescription['KeySchema'] }): boolean {
  const keys = ({ KeySchema = [] }: { KeySchema?: TableDescription['KeySchema'] }) =>
    KeySchema.map((key) => `${key.KeyType} ${key.AttributeName}`).join();
  return keys(table) === keys(wanted);
}

function hasThroughput(table: TableDescription, { read, write }: Throughput): boolean {
  const current = table.ProvisionedThroughput;
  return (
    table.BillingModeSummary?.BillingMode !== 'PAY_PER_REQUEST' &&
    current?.ReadCapacityUnits === read &&
    current?.WriteCapacityUnits === write
  );
}
