import { type CapacityOptions, createCapacity } from './capacity.js';
import { createGeneratedTable, type GeneratedTable, type GeneratedTableOptions } from './generated-table.js';
import { ServiceError } from './service-error.js';
import type { StoredTable } from './stored-table.js';

export type Table = GeneratedTable | StoredTable;

export interface CreateTableInput {
  readonly TableName: string;
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}

/** The tables of an endpoint: those that it generates, and those that a client creates. */
export interface Tables {
  get(name: string): Table;
  all(): readonly Table[];
  generate(name: string, options: GeneratedTableOptions): void;
  create(input: CreateTableInput): object;
  drop(name: string): object;
  clear(): void;
  setCapacity(name: string, options: CapacityOptions): void;
}

export function createTables(now: () => number): Tables {
  const tables = new Map<string, Table>();

  function get(name: string): Table {
    const table = tables.get(name);
    if (!table)
      throw new ServiceError('ResourceNotFoundException', `Cannot do operations on ${name}, which is not there`);
    return table;
  }

  return {
    get,
    all: () => [...tables.values()],
    generate: (name, options) => {
      tables.set(name, createGeneratedTable(name, options, createCapacity(now)));
    },
    create({ TableName: name, KeySchema }) {
      if (tables.has(name)) throw new ServiceError('ResourceInUseException', `Table already exists: ${name}`);
      const keys = KeySchema.map(({ AttributeName }) => AttributeName);
      const table: StoredTable = { kind: 'stored', name, keys, rows: new Map(), capacity: createCapacity(now) };
      tables.set(name, table);
      return { TableDescription: describe(table) };
    },
    drop(name) {
      const table = get(name);
      tables.delete(name);
      return { TableDescription: describe(table) };
    },
    clear: () => tables.clear(),
    setCapacity: (name, options) => get(name).capacity.set(options),
  };
}

/** What DescribeTable says of a table. */
export function describe(table: Table): object {
  const keys = table.kind === 'stored' ? table.keys : ['id'];
  const { readUnits, writeUnits } = table.capacity.limits();
  const isProvisioned = readUnits !== undefined || writeUnits !== undefined;
  const items =
    table.kind === 'stored' ? table.rows.size : table.states.reduce((sum, state) => sum + Math.sign(state), 0);
  return {
    TableName: table.name,
    TableArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${table.name}`,
    TableStatus: 'ACTIVE',
    AttributeDefinitions: keys.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: keys.map((name, index) => ({ AttributeName: name, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    ItemCount: items,
    TableSizeBytes: table.kind === 'stored' ? items * 100 : (table.describedBytes ?? items * table.bytes),
    ProvisionedThroughput: { ReadCapacityUnits: readUnits ?? 0, WriteCapacityUnits: writeUnits ?? 0 },
    BillingModeSummary: { BillingMode: isProvisioned ? 'PROVISIONED' : 'PAY_PER_REQUEST' },
  };
}
