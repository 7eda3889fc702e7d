import type { Lease } from '../../ledger/lease.js';
import { mayStillRun } from '../../ledger/origin.js';
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
}

export interface OpenPortsOptions {
  readonly direction: Direction;
  /** What is written, is written under it. */
  readonly lease: Lease;
  /** Who this is, for the batches that it has in flight. */
  readonly origin: string;
  /** The lock and the lease of the live sync are both ours, so nobody else has anything in flight. Default: false. */
  readonly alone?: boolean;
}

/** The ports of one direction, for as long as `lease` is held. */
export function openPorts(
  { client, liveClient, settings, clock, writer, obligations }: Migrator,
  { id, mapping, source, target, definition: { down } }: Move,
  { direction, lease, origin, alone = false }: OpenPortsOptions,
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
    // What this very process has in flight is told by its settler.
    obligations: obligations.bind(id, direction, origin, (other, ageMs) =>
      other === origin ? true : !alone && mayStillRun(other, ageMs),
    ),
    waitHorizon: async () => {
      await clock.sleep(settings.leaseMs, { signal: lease.signal });
      lease.assertHeld();
    },
  };
}
