import type { CapacityPlan } from './migration-plan.js';
import type { Limits, TableShape } from './table-shape.js';

/** What may be used of a table, and of each of its indexes by name. */
export interface TableLimits {
  readonly table: Limits;
  readonly indexes: Readonly<Record<string, Limits>>;
}

/** What is provisioned; nothing limits what is on demand. */
export function provisionedLimits({ limits, indexes }: TableShape): TableLimits {
  return { table: limits, indexes: Object.fromEntries(indexes.map((index) => [index.name, index.limits])) };
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
    const times = [
      [readUnits, limits.table.read],
      [writeUnits - ofIndexes, limits.table.write],
      ...indexes.map((index) => [index.writeUnits, limits.indexes[index.name]?.write] as const),
    ] as const;
    for (const [units, limit] of times) {
      if (units === 0) continue;
      if (limit === undefined) return null;
      longest.set(phase, Math.max(longest.get(phase) ?? 0, units / limit));
    }
  }
  return [...longest.values()].reduce((sum, seconds) => sum + seconds, 0);
}
