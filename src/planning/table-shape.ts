import type { KeySchemaElement, Projection, TableDescription } from '@aws-sdk/client-dynamodb';

/** What of a table, or of one that is to be made, decides what writing to it costs. */
export interface TableShape {
  readonly name: string;
  /** Key attributes of the table. */
  readonly keys: readonly string[];
  readonly indexes: readonly IndexShape[];
  /** Copies in other regions: each write is made there too. */
  readonly replicas: number;
  readonly provisioned: boolean;
  /** Units a second: those that are provisioned, or the maximum that somebody gave a table on demand. */
  readonly limits: Limits;
}

export interface IndexShape {
  readonly name: string;
  readonly keys: readonly string[];
  /** Attributes that it carries beside the keys; `undefined`: all. */
  readonly carries: ReadonlySet<string> | undefined;
  readonly limits: Limits;
}

/** Units a second; what is not there is not limited. */
export interface Limits {
  readonly read?: number | undefined;
  readonly write?: number | undefined;
}

interface Described {
  readonly TableName?: string | undefined;
  readonly KeySchema?: readonly KeySchemaElement[] | undefined;
  readonly GlobalSecondaryIndexes?: readonly DescribedIndex[] | undefined;
  readonly LocalSecondaryIndexes?: readonly DescribedIndex[] | undefined;
  readonly ProvisionedThroughput?: Throughput | undefined;
  readonly OnDemandThroughput?: Maximum | undefined;
}

interface DescribedIndex {
  readonly IndexName?: string | undefined;
  readonly KeySchema?: readonly KeySchemaElement[] | undefined;
  readonly Projection?: Projection | undefined;
  readonly ProvisionedThroughput?: Throughput | undefined;
  readonly OnDemandThroughput?: Maximum | undefined;
}

interface Maximum {
  readonly MaxReadRequestUnits?: number | undefined;
  readonly MaxWriteRequestUnits?: number | undefined;
}

interface Throughput {
  readonly ReadCapacityUnits?: number | undefined;
  readonly WriteCapacityUnits?: number | undefined;
}

/** The shape of a table as DescribeTable tells it, or as CreateTable is going to be asked for it. */
export function tableShape(table: Described, { Replicas = [] }: Pick<TableDescription, 'Replicas'> = {}): TableShape {
  const { TableName = '', GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = table;
  const limits = limitsOf(table);
  return {
    name: TableName,
    keys: keysOf(table.KeySchema),
    indexes: [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes].map((index) => ({
      name: index.IndexName ?? '',
      keys: keysOf(index.KeySchema),
      carries: carriedBy(index.Projection),
      limits: limitsOf(index),
    })),
    replicas: Replicas.length,
    provisioned: (table.ProvisionedThroughput?.WriteCapacityUnits ?? 0) > 0,
    limits,
  };
}

function keysOf(schema: readonly KeySchemaElement[] = []): string[] {
  return schema.flatMap(({ AttributeName }) => AttributeName ?? []);
}

function carriedBy({ ProjectionType, NonKeyAttributes = [] }: Projection = {}): ReadonlySet<string> | undefined {
  return ProjectionType === 'ALL' ? undefined : new Set(NonKeyAttributes);
}

/** Something on demand is described with zero units, and with -1 where it has no maximum. */
function limitsOf({
  ProvisionedThroughput: units = {},
  OnDemandThroughput: maximum = {},
}: Pick<DescribedIndex, 'ProvisionedThroughput' | 'OnDemandThroughput'>): Limits {
  const read = units.ReadCapacityUnits || (maximum.MaxReadRequestUnits ?? 0);
  const write = units.WriteCapacityUnits || (maximum.MaxWriteRequestUnits ?? 0);
  return { ...(read > 0 && { read }), ...(write > 0 && { write }) };
}
