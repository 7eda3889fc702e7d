import { createPageReader } from '../../dynamodb/page-reader.js';
import { runSegments } from '../../dynamodb/run-segments.js';
import type { Position } from '../../ledger/checkpoints.js';
import type { LedgerRow, Totals } from '../../ledger/rows.js';
import { backfillSegment } from '../../reconcile/backfill-segment.js';
import type { LockedMigrator } from '../migrator.js';
import { totalsOf } from '../read-progress.js';
import type { Move } from './move.js';
import { openPorts } from './ports.js';

export interface BackfillOptions {
  readonly row: LedgerRow;
  /** Items to come, as far as that is known. */
  readonly expected: number | undefined;
  readonly signal: AbortSignal;
  readonly assertSyncOn: () => Promise<void>;
}

/**
 * Copies every segment of the source through the transform, each from its checkpoint. Fenced by the lock: whoever
 * holds it goes on, on any machine, and who held it before cannot save, or send, any more.
 */
export async function backfillMove(
  migrator: LockedMigrator,
  move: Move,
  { row, expected, signal, assertSyncOn }: BackfillOptions,
): Promise<Totals> {
  const { client, lease, checkpoints, intents, emit, obligations } = migrator;
  const { id, checksum, source } = move;
  const totalSegments = row.totalSegments ?? 1;
  const binding = { id, checksum, direction: 'up' as const, totalSegments, run: row.run };
  const positions: Position[] = [];
  for (let segment = 0; segment < totalSegments; segment++) {
    positions.push(await checkpoints.claim(lease, binding, segment));
  }
  let errors = (await obligations.count(id, 'up')).quarantined;
  const report = () =>
    emit({
      type: 'progress',
      id,
      direction: 'up',
      progress: {
        phase: 'backfill',
        scanned: positions.reduce((sum, { scanned }) => sum + scanned, 0),
        expected,
        segments: { done: positions.filter(({ done }) => done).length, total: totalSegments },
        totals: totalsOf(positions, errors),
      },
    });
  report();
  await runSegments(
    signal,
    positions.map((start, segment) => async (stopped) => {
      const ports = openPorts(migrator, move, { direction: 'up', lease, origin: `backfill ${lease.token}` });
      const { tableName } = source;
      const pages = createPageReader({ client, tableName, segment, totalSegments, consistent: true });
      let position = start;
      let readUnits = 0;
      await backfillSegment({
        ...ports,
        start: { startKey: start.exclusiveStartKey, done: start.done },
        intents: await intents.claim(lease, { id, direction: 'up', run: row.run }, segment),
        assertSyncOn,
        signal: stopped,
        async scanPage(startKey) {
          const page = await pages.read(startKey);
          readUnits += page.readUnits;
          return page;
        },
        async saveCheckpoint({ startKey, done, scanned, result }) {
          errors += result.quarantined;
          position = {
            ...position,
            exclusiveStartKey: startKey,
            done,
            passScanned: position.passScanned + scanned,
            passChanged: position.passChanged + scanned - Math.min(scanned, result.quarantined),
            scanned: position.scanned + scanned,
            changed: position.changed + scanned - Math.min(scanned, result.quarantined),
            pages: position.pages + 1,
            readUnits: start.readUnits + readUnits + ports.consumed.readUnits,
            writeUnits: start.writeUnits + ports.consumed.writeUnits,
          };
          await checkpoints.save(lease, binding, segment, position);
          positions[segment] = position;
          report();
        },
      });
    }),
  );
  return totalsOf(positions, errors);
}
