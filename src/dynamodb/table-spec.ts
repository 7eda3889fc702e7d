import type {
  AttributeDefinition,
  CreateTableCommandInput,
  GlobalSecondaryIndex,
  KeySchemaElement,
  Projection,
  StreamViewType,
} from '@aws-sdk/client-dynamodb';

/** A key attribute and its type: string, number or binary. */
export interface KeyAttribute<Name extends string = string> {
  readonly name: Name;
  readonly type: 'S' | 'N' | 'B';
}

/** Read and write capacity units a second of a provisioned table or index. */
export interface Throughput {
  readonly read: number;
  readonly write: number;
}

/** A global secondary index. */
export interface IndexSpec<Name extends string = string> {
  readonly name: string;
  readonly partitionKey: KeyAttribute<Name>;
  readonly sortKey?: KeyAttribute<Name>;
  /** What the index carries beside its keys: `ALL` (the default), `KEYS_ONLY`, or a list of attributes. */
  readonly projection?: 'ALL' | 'KEYS_ONLY' | readonly Name[];
  /** For a provisioned table; an on-demand one needs none. */
  readonly throughput?: Throughput;
}

/**
 * A table to create. With an item type, `create<User>({ … })`, key names are checked by the compiler.
 *
 * @example
 * { name: 'ORDERS', partitionKey: { name: 'customerId', type: 'S' }, sortKey: { name: 'orderedAt', type: 'N' } }
 */
export interface TableSpec<Item = Record<string, unknown>> {
  readonly name: string;
  readonly partitionKey: KeyAttribute<keyof Item & string>;
  readonly sortKey?: KeyAttribute<keyof Item & string>;
  readonly indexes?: readonly IndexSpec<keyof Item & string>[];
  /** Indexes with the table's partition key and another sort key; they can only be made with the table. */
  readonly localIndexes?: readonly Required<Pick<IndexSpec<keyof Item & string>, 'name' | 'sortKey'>>[];
  /** On demand unless given. */
  readonly throughput?: Throughput;
  /** The attribute that holds an item's expiry, in seconds since 1970. */
  readonly timeToLive?: keyof Item & string;
  readonly stream?: StreamViewType;
  readonly tags?: Readonly<Record<string, string>>;
  readonly pointInTimeRecovery?: boolean;
  readonly deletionProtection?: boolean;
}

/** What CreateTable takes for `spec`; time to live and point-in-time recovery have calls of their own. */
export function createTableInput(spec: TableSpec<never> | TableSpec, tableName: string): CreateTableCommandInput {
  const { indexes = [], localIndexes = [], throughput, stream, tags, deletionProtection } = spec as TableSpec;
  return {
    TableName: tableName,
    KeySchema: keySchema(spec as TableSpec),
    AttributeDefinitions: attributeDefinitions(spec as TableSpec, ...indexes, ...localIndexes),
    ...(throughput
      ? { BillingMode: 'PROVISIONED', ProvisionedThroughput: provisioned(throughput) }
      : { BillingMode: 'PAY_PER_REQUEST' }),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes.map(globalIndex) }),
    ...(localIndexes.length > 0 && {
      LocalSecondaryIndexes: localIndexes.map(({ name, sortKey }) => ({
        IndexName: name,
        KeySchema: keySchema({ partitionKey: (spec as TableSpec).partitionKey, sortKey }),
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
    ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream } }),
    ...(tags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
    ...(deletionProtection && { DeletionProtectionEnabled: true }),
  };
}

export function globalIndex(index: IndexSpec): GlobalSecondaryIndex {
  return {
    IndexName: index.name,
    KeySchema: keySchema(index),
    Projection: projection(index.projection ?? 'ALL'),
    ...(index.throughput && { ProvisionedThroughput: provisioned(index.throughput) }),
  };
}

interface Keys {
  readonly partitionKey?: KeyAttribute;
  readonly sortKey?: KeyAttribute | undefined;
}

/** Every key attribute of the table or indexes, each once. */
export function attributeDefinitions(...keyed: readonly Keys[]): AttributeDefinition[] {
  const types = new Map<string, KeyAttribute['type']>();
  for (const { partitionKey, sortKey } of keyed) {
    for (const key of [partitionKey, sortKey]) if (key) types.set(key.name, key.type);
  }
  return Array.from(types, ([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}

export function provisioned({ read, write }: Throughput) {
  return { ReadCapacityUnits: read, WriteCapacityUnits: write };
}

export function keySchema({ partitionKey, sortKey }: Keys): KeySchemaElement[] {
  return [
    ...(partitionKey ? [{ AttributeName: partitionKey.name, KeyType: 'HASH' as const }] : []),
    ...(sortKey ? [{ AttributeName: sortKey.name, KeyType: 'RANGE' as const }] : []),
  ];
}

function projection(wanted: NonNullable<IndexSpec['projection']>): Projection {
  return typeof wanted === 'string'
    ? { ProjectionType: wanted }
    : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...wanted] };
}
