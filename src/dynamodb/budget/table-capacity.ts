import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../../errors.js';
import { type Limit, shareOf } from './limit.js';

export type CapacityKind = 'read' | 'write';

/** What a request consumed, as DynamoDB tells it. */
export interface Consumed {
  /** Of the table and its indexes together. */
  readonly total: number;
  /** Of the table alone, and of each global index, where that was asked for. */
  readonly table?: number | undefined;
  readonly indexes?: Readonly<Record<string, number>> | undefined;
}

/** A limit of one table, resolved. */
export interface ResolvedLimit {
  /** Units a second. */
  readonly rate: number;
  /** How much of that a request used up. */
  readonly costOf: (consumed: Consumed) => number;
  /** The indexes have capacity of their own, so it has to be known what each of them consumed. */
  readonly perIndex: boolean;
}

/** What 100 % means of a table that is on demand, in units a second. */
export type OnDemandFigures = Readonly<Partial<Record<CapacityKind, number | undefined>>>;

/**
 * What `limit` comes to for a table. Units are those of the table and its indexes together. A share is one of the
 * table's capacity, and the same one of each index's: what a request used of an index counts as the same share of the
 * table, so the index with the least to spare decides.
 *
 * @throws MigrateError `CONFIG_INVALID` for a share of a table that is on demand and has no figure.
 */
export function resolveLimit(
  limit: Limit,
  kind: CapacityKind,
  table: TableDescription,
  onDemand: OnDemandFigures,
): ResolvedLimit {
  const share = shareOf(limit);
  if (share === undefined) return { rate: Number(limit), costOf: ({ total }) => total, perIndex: false };
  const own = unitsOf(table, kind);
  if (own === undefined) {
    const figure = maximumOf(table, kind) ?? onDemand[kind];
    if (figure === undefined) throw noFigure(table.TableName ?? '', kind, limit);
    return { rate: (figure * share) / 100, costOf: ({ total }) => total, perIndex: false };
  }
  const weights = new Map(
    (table.GlobalSecondaryIndexes ?? []).flatMap((index) => {
      const units = unitsOf(index, kind);
      return units === undefined ? [] : [[index.IndexName ?? '', own / units] as const];
    }),
  );
  return {
    rate: (own * share) / 100,
    perIndex: weights.size > 0 && kind === 'write',
    costOf({ total, table: ofTable = total, indexes = {} }) {
      const ofIndexes = Object.entries(indexes).map(([name, units]) => units * (weights.get(name) ?? 1));
      return Math.max(ofTable, ...ofIndexes);
    },
  };
}

/** What is provisioned; `undefined` on demand, which is described with zero units. */
function unitsOf(described: Pick<TableDescription, 'ProvisionedThroughput'>, kind: CapacityKind): number | undefined {
  const { ReadCapacityUnits = 0, WriteCapacityUnits = 0 } = described.ProvisionedThroughput ?? {};
  return (kind === 'read' ? ReadCapacityUnits : WriteCapacityUnits) || undefined;
}

/** The limit that somebody gave an on-demand table; -1 describes that there is none. */
function maximumOf({ OnDemandThroughput: limits }: TableDescription, kind: CapacityKind): number | undefined {
  const units = (kind === 'read' ? limits?.MaxReadRequestUnits : limits?.MaxWriteRequestUnits) ?? -1;
  return units > 0 ? units : undefined;
}

/** The refusal of a share of nobody knows what. */
export function noFigure(tableName: string, kind: CapacityKind, limit: Limit): MigrateError {
  return new MigrateError(
    'CONFIG_INVALID',
    `the ${kind} budget is \`${limit}\`, and \`${tableName}\` is on demand, so there is nothing to take a share of`,
    { fix: `state what 100 % is, as \`budget.onDemand.${kind}\` of the environment, or give units a second` },
  );
}
