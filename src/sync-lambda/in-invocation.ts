import { beginInvocation } from '../ledger/invocations.js';
import type { Lease } from '../ledger/lease.js';
import { standingOf } from '../ledger/move-phase.js';
import { lambdaOrigin } from '../ledger/origin.js';
import type { LedgerRow } from '../ledger/rows.js';
import type { Obligations } from '../reconcile/ports.js';
import type { SyncParts } from './sync-parts.js';

/** What of the Lambda context is used. */
export interface InvocationContext {
  readonly awsRequestId?: string;
  readonly functionName?: string;
}

interface AtWork {
  readonly lease: Lease;
  readonly row: LedgerRow | undefined;
  readonly standing: ReturnType<typeof standingOf>;
  /** Written only while `lease` is held. */
  readonly openObligations: () => Obligations;
}

/** A cutover waits for an invocation that died for two of these at most. */
const leaseMs = 15_000;

/** Runs `work` under a lease of its own, and tells it how its direction stands. */
export async function inInvocation<T>(
  { id, direction, meta, ledger, obligations }: SyncParts,
  { awsRequestId = 'local', functionName = 'local' }: InvocationContext,
  work: (at: AtWork) => Promise<T>,
): Promise<T> {
  // Before the look at the phase: a cutover that does not see this invocation is one whose phase is seen here.
  const { lease, end } = await beginInvocation({ table: meta, id, direction, functionName, leaseMs });
  try {
    const row = await ledger.get(id);
    const openObligations = () => obligations(lease).bind(id, direction, lambdaOrigin(awsRequestId));
    return await work({ lease, row, standing: standingOf(row, direction), openObligations });
  } finally {
    await end();
  }
}
