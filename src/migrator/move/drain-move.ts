import { drainStream } from '../../dynamodb/streams/drain-stream.js';
import { followStream } from '../../dynamodb/streams/follow-stream.js';
import { MigrateError, throwIfStopped } from '../../errors.js';
import type { RawItem } from '../../item/attribute-value.js';
import { keyId } from '../../item/key.js';
import type { Lease } from '../../ledger/lease.js';
import type { Direction } from '../../ledger/rows.js';
import { parseStreamRecord } from '../../reconcile/stream-record.js';
import type { LockedMigrator } from '../migrator.js';
import { streamHandler } from './follow-move.js';
import type { Move } from './move.js';
import type { MovePorts } from './ports.js';
import type { Settler } from './settler.js';
import { vouchedCheckpoints } from './vouched-checkpoints.js';

export interface DrainMoveOptions {
  readonly direction: Direction;
  readonly streamArn: string;
  /** The stream was switched off: its shards have an end, and to reach them all is a proof. */
  readonly closed: boolean;
  readonly lease: Lease;
  readonly ports: MovePorts;
  readonly settler: Settler;
}

/** Changed items that are compared one by one before the switch; more of them would only hold writes back longer. */
const maxSeen = 10_000;

/** Follows a stream that nobody feeds any more to its end; answers the items that changed on the way. */
export async function drainMove(
  migrator: LockedMigrator,
  move: Move,
  { direction, streamArn, closed, lease, ports, settler }: DrainMoveOptions,
): Promise<{ readonly seen: readonly RawItem[] }> {
  const { clock, emit, signal, streams } = migrator;
  const { id } = move;
  const seen = new Map<string, RawItem>();
  const handle = streamHandler(move, ports, settler, emit);
  const stopped = AbortSignal.any([signal, lease.signal]);
  const common = {
    client: streams(),
    streamArn,
    checkpoints: vouchedCheckpoints(migrator, lease, { id, direction, streamArn }),
    signal: stopped,
    clock,
    batchSize: 500,
    handle(records: readonly unknown[]) {
      for (const unit of unitsOf(records, ports)) {
        if (seen.size < maxSeen) seen.set(keyId(unit, ports.mapping.sourceKeys), unit);
      }
      return handle(records);
    },
  };
  const drained = closed
    ? (await followStream({ ...common, relistMs: 1_000 })).outcome === 'ended'
    : (await drainStream(common)).drained !== false;
  if (lease.signal.aborted) throw lease.signal.reason;
  throwIfStopped(signal, 'stopped while the stream was followed to its end');
  if (drained) return { seen: [...seen.values()] };
  throw new MigrateError('CUTOVER_REFUSED', 'the end of the stream was not reached', { migration: id });
}

function unitsOf(records: readonly unknown[], { mapping }: MovePorts): RawItem[] {
  return records.flatMap((record) => {
    try {
      return [parseStreamRecord(record, mapping).unit];
    } catch {
      // Parked by the handler.
      return [];
    }
  });
}
