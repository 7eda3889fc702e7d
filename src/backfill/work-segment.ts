import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createPageReader, type PagePace } from '../dynamodb/page-reader.js';
import { throwIfStopped } from '../errors.js';
import type { CheckpointBinding, Position } from '../ledger/checkpoints.js';
import type { Clock } from '../ledger/clock.js';
import type { Intents } from '../ledger/intents.js';
import type { Lease } from '../ledger/lease.js';
import type { Segments } from '../ledger/segments.js';
import { backfillSegment } from '../reconcile/backfill-segment.js';
import type { TablePorts } from '../reconcile/move-ports.js';
import type { Obligations } from '../reconcile/ports.js';

export interface WorkSegmentOptions {
  readonly binding: CheckpointBinding;
  readonly segment: number;
  /** As it was stored when the lease was taken. */
  readonly position: Position;
  /** The segment's own. */
  readonly lease: Lease;
  readonly segments: Pick<Segments, 'save'>;
  readonly intents: Pick<Intents, 'claim'>;
  /** Writes only while the lease is held. */
  readonly ports: TablePorts & { readonly obligations: Pick<Obligations, 'add'> };
  readonly client: DynamoDBClient;
  /** The real name of the table that is copied. */
  readonly source: string;
  readonly clock: Clock;
  /** How long a request of a former holder may still be on its way. */
  readonly horizonMs: number;
  /** Aborted: the page is finished and saved. */
  readonly signal: AbortSignal;
  /** One for all segments of a process. */
  readonly pace?: PagePace;
  /** A position was saved; `quarantined` items of this page have no form in the target. */
  readonly onSaved?: (position: Position, quarantined: number) => void;
}

/**
 * Copies one segment, page by page, under its lease, from its checkpoint to its end. What a former holder had under way
 * is done once more first, when none of its requests can land any more.
 *
 * @throws MigrateError `INTERRUPTED` after `signal`; `LEASE_LOST` when somebody else has the segment now.
 */
export async function workSegment(options: WorkSegmentOptions): Promise<void> {
  const { binding, segment, lease, segments, intents, ports, client, source, clock, horizonMs, signal } = options;
  const { onSaved, pace } = options;
  const start = options.position;
  let position = start;
  let readUnits = 0;
  const { totalSegments } = binding;
  const pages = createPageReader({
    client,
    tableName: source,
    segment,
    totalSegments,
    consistent: true,
    asTexts: true,
    pace,
  });
  await backfillSegment({
    ...ports,
    readSource: ports.readSourceTexts,
    start: { startKey: start.exclusiveStartKey, done: start.done },
    intents: await intents.claim(lease, binding, segment),
    // Rows of segments are laid out only once the consumer of the stream was seen: that there is one says it.
    assertSyncOn: async () => undefined,
    async waitHorizon() {
      await clock.sleep(horizonMs, { signal: AbortSignal.any([lease.ended, signal]) });
      throwIfStopped(signal, 'stopped before the page of a dead worker');
      lease.assertHeld();
    },
    signal,
    async scanPage(startKey) {
      const page = await pages.read(startKey);
      readUnits += page.readUnits;
      return page;
    },
    async saveCheckpoint({ startKey, done, scanned, result }) {
      const copied = scanned - Math.min(scanned, result.quarantined);
      position = {
        ...position,
        exclusiveStartKey: startKey,
        done,
        passScanned: position.passScanned + scanned,
        passChanged: position.passChanged + copied,
        scanned: position.scanned + scanned,
        changed: position.changed + copied,
        pages: position.pages + 1,
        readUnits: start.readUnits + readUnits + ports.consumed.readUnits,
        writeUnits: start.writeUnits + ports.consumed.writeUnits,
      };
      await segments.save(lease, binding, segment, position);
      onSaved?.(position, result.quarantined);
    },
  });
}
