import type {
  GlobalSecondaryIndex,
  GlobalSecondaryIndexDescription,
  OnDemandThroughput,
  ProvisionedThroughput,
} from '@aws-sdk/client-dynamodb';
import type { SourceTable } from './read-source.js';
import { provisioned } from './table-spec.js';
import type { TargetWishes } from './target-wishes.js';

/**
 * Billing of a table that is like `source`, and its indexes with what belongs to that billing: DynamoDB refuses units
 * for an index of an on-demand table, and wants them for each index of a provisioned one.
 */
export function planCapacity(
  { table }: SourceTable,
  { throughput }: TargetWishes,
  indexes: readonly GlobalSecondaryIndex[],
) {
  const wasOnDemand = table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST';
  if (throughput === undefined ? wasOnDemand : throughput === 'on-demand') {
    return {
      table: { BillingMode: 'PAY_PER_REQUEST', ...limitsOf(table.OnDemandThroughput) } as const,
      indexes: indexes.map(({ ProvisionedThroughput: _, ...index }) => index),
    };
  }
  const units =
    throughput !== undefined && throughput !== 'on-demand'
      ? provisioned(throughput)
      : (unitsOf(table.ProvisionedThroughput) ?? { ReadCapacityUnits: 1, WriteCapacityUnits: 1 });
  return {
    table: { BillingMode: 'PROVISIONED', ProvisionedThroughput: units } as const,
    indexes: indexes.map(({ OnDemandThroughput: _, ...index }) => ({ ProvisionedThroughput: units, ...index })),
  };
}

/** A global index as it is to be made again. */
export function carriedIndex(index: GlobalSecondaryIndexDescription): GlobalSecondaryIndex {
  const { IndexName, KeySchema, Projection } = index;
  const units = unitsOf(index.ProvisionedThroughput);
  return {
    IndexName,
    KeySchema,
    Projection,
    ...(units && { ProvisionedThroughput: units }),
    ...limitsOf(index.OnDemandThroughput),
  };
}

interface Units {
  readonly ReadCapacityUnits?: number | undefined;
  readonly WriteCapacityUnits?: number | undefined;
}

/** The units of something provisioned; what is on demand is described with zero units. */
function unitsOf(described: Units | undefined): ProvisionedThroughput | undefined {
  const { ReadCapacityUnits = 0, WriteCapacityUnits = 0 } = described ?? {};
  return ReadCapacityUnits > 0 && WriteCapacityUnits > 0 ? { ReadCapacityUnits, WriteCapacityUnits } : undefined;
}

/** The limits of something on demand; -1 describes that there is none. */
function limitsOf(described: OnDemandThroughput | undefined) {
  const limits = Object.entries(described ?? {}).filter(([, limit]) => (limit ?? -1) > 0);
  return limits.length > 0 && { OnDemandThroughput: Object.fromEntries(limits) as OnDemandThroughput };
}
