import type { CheckpointBinding } from '../ledger/checkpoints.js';
import { phaseOfMove } from '../ledger/move-phase.js';
import type { LedgerRow } from '../ledger/rows.js';

/**
 * Whether the backfill of a move may be worked on now. One row decides it for every worker, on any machine: `open`
 * with what its segments are bound to, `over` (or not this run's any more), or `before`: not laid out yet. Whether an
 * operator holds it back is not said here, but in its control row.
 */
export type BackfillState =
  | { readonly kind: 'open'; readonly binding: CheckpointBinding }
  | { readonly kind: 'over' | 'before' };

export function backfillStateOf(row: LedgerRow | undefined): BackfillState {
  if (row?.kind !== 'move' || row.direction !== 'up' || row.state === 'applied') return { kind: 'over' };
  const phase = phaseOfMove(row);
  if (phase === 'prepare' || phase === 'sync') return { kind: 'before' };
  if (phase !== 'backfill') return { kind: 'over' };
  return { kind: 'open', binding: bindingOf(row) };
}

/** What the segments of a move's run are bound to. */
export function bindingOf({ id, checksum, totalSegments = 1, run }: LedgerRow): CheckpointBinding {
  return { id, checksum, direction: 'up', totalSegments, run };
}
