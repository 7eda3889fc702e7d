import { type Limit, shareOf } from '../dynamodb/budget/limit.js';
import type { OnDemandFigures } from '../dynamodb/budget/table-capacity.js';
import type { CapacityPlan } from './migration-plan.js';
import type { Limits, TableShape } from './table-shape.js';

/** What may be used of a table, and of each of its indexes by name. */
export interface TableLimits {
  /** Of the table and its indexes together. */
  readonly total?: Limits;
  readonly table: Limits;
  readonly indexes: Readonly<Record<string, Limits>>;
}

/** What migrations may use, as the environment says. */
export interface Budget {
  readonly limits: { readonly read?: Limit | undefined; readonly write?: Limit | undefined };
  /** What 100 % is of a table on demand that has no maximum of its own. */
  readonly onDemand: OnDemandFigures;
}

/** What the budget leaves of what is provisioned for a table. Pure. */
export function limitsWithin(shape: TableShape, { limits, onDemand }: Budget): TableLimits {
  const total: { read?: number; write?: number } = {};
  const table = { ...shape.limits };
  const indexes = shape.indexes.map((index) => ({ name: index.name, limits: { ...index.limits } }));
  for (const kind of ['read', 'write'] as const) {
    const limit = limits[kind];
    const share = limit === undefined ? undefined : shareOf(limit);
    if (limit === undefined) continue;
    if (share === undefined) total[kind] = Number(limit);
    else if (shape.provisioned) {
      for (const { limits: own } of [{ limits: table }, ...indexes]) {
        const units = own[kind];
        if (units !== undefined) own[kind] = (units * share) / 100;
      }
    } else {
      const figure = table[kind] ?? onDemand[kind];
      if (figure !== undefined) total[kind] = (figure * share) / 100;
    }
  }
  return { total, table, indexes: Object.fromEntries(indexes.map((index) => [index.name, index.limits])) };
}

/**
 * How long the phases take, one after another, each as long as whatever holds it up most; `null` where nothing limits
 * one of them that has something to do. Pure.
 */
export function secondsAtLimits(
  phases: readonly CapacityPlan[],
  limitsOf: (table: string) => TableLimits,
): number | null {
  const longest = new Map<string, number>();
  for (const { phase, table, readUnits, writeUnits, indexes } of phases) {
    const limits = limitsOf(table);
    const ofIndexes = indexes.reduce((sum, index) => sum + index.writeUnits, 0);
    const { read, write } = limits.total ?? {};
    const parts = [
      { units: readUnits, limit: limits.table.read, whole: read },
      { units: writeUnits - ofIndexes, limit: limits.table.write, whole: write },
      ...indexes.map(({ name, writeUnits: units }) => ({ units, limit: limits.indexes[name]?.write, whole: write })),
    ];
    const wholes = [
      { units: readUnits, limit: read },
      { units: writeUnits, limit: write },
    ];
    // What has no limit of its own is held up by that of the whole.
    const isFree = ({ units, limit, whole }: (typeof parts)[number]) =>
      units > 0 && limit === undefined && whole === undefined;
    if (parts.some(isFree)) return null;
    for (const { units, limit } of [...parts, ...wholes]) {
      if (units === 0 || limit === undefined) continue;
      longest.set(phase, Math.max(longest.get(phase) ?? 0, units / limit));
    }
  }
  return [...longest.values()].reduce((sum, seconds) => sum + seconds, 0);
}
