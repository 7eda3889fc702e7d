import type { CapacityPlan, PricePlan } from './migration-plan.js';

/** What a million request units cost where the table is, on demand. */
export interface Prices {
  readonly readMillion: number;
  readonly writeMillion: number;
  readonly currency: string;
}

/** What the request units cost. `null` where there are no prices, or the table is paid for by the hour. Pure. */
export function priceOf(
  phases: readonly CapacityPlan[],
  { prices, isOnDemand }: { readonly prices: Prices | undefined; readonly isOnDemand: (table: string) => boolean },
): PricePlan | null {
  if (!prices || !phases.some(({ table }) => isOnDemand(table))) return null;
  const amount = phases
    .filter(({ table }) => isOnDemand(table))
    .reduce(
      (sum, { readUnits, writeUnits }) => sum + readUnits * prices.readMillion + writeUnits * prices.writeMillion,
      0,
    );
  return { amount: amount / 1_000_000, currency: prices.currency };
}
