import { throwIfStopped } from '../../errors.js';
import type { Lease } from '../../ledger/lease.js';
import { isLambda, mayStillRun } from '../../ledger/origin.js';
import type { Direction } from '../../ledger/rows.js';
import { isSyncLease } from '../../ledger/sync-lease.js';
import { openTablePorts, type TablePorts } from '../../reconcile/move-ports.js';
import type { Obligations } from '../../reconcile/ports.js';
import type { Migrator } from '../migrator.js';
import type { Move } from './move.js';

/** What `reconcile` works with, one way: `up` writes the target, `down` the source, each from the other one. */
export interface MovePorts extends TablePorts {
  readonly direction: Direction;
  readonly obligations: Obligations;
  /** Resolves when no request of a process that lost this lease before us can land any more. */
  readonly waitHorizon: () => Promise<void>;
  /** Ends what can be done at another time. */
  readonly signal?: AbortSignal | undefined;
}

export interface OpenPortsOptions {
  readonly direction: Direction;
  /** What is written, is written under it. */
  readonly lease: Lease;
  /** Who this is, for the batches that it has in flight. */
  readonly origin: string;
  /**
   * The lock and the lease of the live sync are both ours, so no other process has anything in flight; with `true` no
   * invocation of a deployed function either, because they were ended. Default: false.
   */
  readonly alone?: boolean | 'but for functions';
  /** Ends the waiting for the horizon, and the settling. */
  readonly signal?: AbortSignal | undefined;
}

/** The ports of one direction, for as long as `lease` is held. */
export function openPorts(
  { client, liveClient, settings, clock, writer, obligations }: Migrator,
  { id, mapping, source, target, definition: { down } }: Move,
  { direction, lease, origin, alone = false, signal }: OpenPortsOptions,
): MovePorts {
  return {
    ...openTablePorts({
      direction,
      mapping,
      down,
      source,
      target,
      client: isSyncLease(lease) ? liveClient() : client,
      writer: writer(lease),
    }),
    direction,
    ...(signal && { signal }),
    // What this very process has in flight is told by its settler.
    obligations: obligations.bind(id, direction, origin, (other, ageMs) =>
      other === origin ? true : alone !== true && (!alone || isLambda(other)) && mayStillRun(other, ageMs),
    ),
    waitHorizon: async () => {
      const stopped = signal ? AbortSignal.any([lease.signal, signal]) : lease.signal;
      await clock.sleep(settings.leaseMs, { signal: stopped });
      lease.assertHeld();
      throwIfStopped(signal, 'stopped before the horizon');
    },
  };
}
