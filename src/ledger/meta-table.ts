import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import { type Clock, systemClock } from './clock.js';
import { openRowStore, type RowStore } from './row-store.js';

/** The one table that holds the ledger, the lock, the checkpoints and the history of an environment. */
export interface MetaTable extends RowStore {
  readonly name: string;
  /** Looks, and waits while the table is being created or deleted. Throws META_TABLE_INVALID if it has other keys. */
  describe(): Promise<'missing' | 'active'>;
  /** Creates the table if it is missing, and returns when it can be used. Any number of processes may do so at once. */
  ensure(): Promise<void>;
  /** The table's ARN, once `describe` or `ensure` has seen it. */
  arn(): string | undefined;
}

export interface MetaTableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly clock?: Clock;
}

/** An emulator creates a table in no time, DynamoDB in 5 to 20 seconds: the first looks come soon, the later ones seldom. */
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 1_000;
const PATIENCE_MS = 180_000;
const WAIT_FOR = new Set(['CREATING', 'DELETING']);
const USABLE = new Set(['ACTIVE', 'UPDATING']);

/** Opens the meta table; makes no request by itself. */
export function openMetaTable({ client, tableName, clock = systemClock }: MetaTableOptions): MetaTable {
  let known: TableDescription | undefined;
  const rows = openRowStore({ client, tableName, clock, isKnownToExist: () => known !== undefined });

  async function look(): Promise<TableDescription | undefined> {
    try {
      return (await client.send(new DescribeTableCommand({ TableName: tableName }))).Table;
    } catch (error) {
      if (isNamed(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    }
  }

  async function describe(): Promise<'missing' | 'active'> {
    const deadline = clock.monotonic() + PATIENCE_MS;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(2 * pollMs, MAX_POLL_MS)) {
      const table = await look();
      if (!table) return 'missing';
      const status = table.TableStatus ?? 'ACTIVE';
      if (USABLE.has(status)) {
        requireOurKeys(tableName, table);
        known = table;
        return 'active';
      }
      if (!WAIT_FOR.has(status) || clock.monotonic() >= deadline) throw unusable(tableName, status);
      await clock.sleep(pollMs);
    }
  }

  async function ensure(): Promise<void> {
    const deadline = clock.monotonic() + PATIENCE_MS;
    while ((await describe()) === 'missing') {
      if (clock.monotonic() >= deadline) throw unusable(tableName, 'missing');
      // A table that was just created may still be missing for DescribeTable: then this is refused, and we look again.
      if (!(await create(client, tableName))) await clock.sleep(MAX_POLL_MS);
    }
    // The data side may lag behind; the read is repeated until it does not.
    await rows.get({ pk: 'lock', sk: 'lock' });
  }

  return { ...rows, name: tableName, describe, ensure, arn: () => known?.TableArn };
}

/** Whether this call created the table; false when another one did, or is about to. */
async function create(client: DynamoDBClient, tableName: string): Promise<boolean> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
    return true;
  } catch (error) {
    // LimitExceeded: too many tables of the account are changing at this moment.
    if (isNamed(error, 'ResourceInUseException') || isNamed(error, 'LimitExceededException')) return false;
    throw error;
  }
}

function requireOurKeys(tableName: string, table: TableDescription): void {
  const typeOf = (name?: string) =>
    table.AttributeDefinitions?.find((attribute) => attribute.AttributeName === name)?.AttributeType;
  const found = (table.KeySchema ?? []).map((key) => `\`${key.AttributeName}\` (${typeOf(key.AttributeName)})`);
  if (found.join(' ') === '`pk` (S) `sk` (S)') return;
  throw new MigrateError(
    'META_TABLE_INVALID',
    `the meta table \`${tableName}\` has the keys ${found.join(', ')}, not \`pk\` (S), \`sk\` (S)`,
    { fix: 'name a table that is ours alone as `metaTable` in migrate.config.ts; `migrate up` creates it' },
  );
}

function unusable(tableName: string, status: string): MigrateError {
  return new MigrateError('META_TABLE_INVALID', `the meta table \`${tableName}\` cannot be used: it stays ${status}`, {
    fix: `look at it with \`aws dynamodb describe-table --table-name ${tableName}\``,
  });
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
