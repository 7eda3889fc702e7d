import type { Obligations, Unit } from './ports.js';
import { type ReconcileOptions, reconcile } from './reconcile.js';
import { reconcileObligations } from './reconcile-obligations.js';

export interface ReconcileDurablyOptions extends Omit<ReconcileOptions, 'obligations'> {
  readonly obligations: Pick<Obligations, 'add' | 'remove'>;
}

/**
 * Reconciles units that nobody else would look at again soon enough, were this process to die on the way.
 *
 * Rule 4, the horizon: Lambda delivers the records of a dead or failed invocation again at once, while a write of
 * it may still land. So the units are an obligation from before their first write, and stop being one only when
 * each write is known to have ended. One row for all, not one a unit, unless their keys are too large for one: then
 * all rows are there before the first write.
 */
export async function reconcileDurably(units: readonly Unit[], options: ReconcileDurablyOptions): Promise<void> {
  const intents = units.map(({ unit, keys }) => ({ unit, keys }));
  const inFlight = await options.obligations.add(reconcileObligations(intents, true));
  const { again } = await reconcile(units, options);
  if (again.length > 0) return;
  for (const stored of inFlight) await options.obligations.remove(stored);
}
