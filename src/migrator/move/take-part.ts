import { backfillStateOf } from '../../backfill/backfill-state.js';
import { workBackfill } from '../../backfill/work-backfill.js';
import { workSegment } from '../../backfill/work-segment.js';
import { createPagePace } from '../../dynamodb/page-reader.js';
import { countSegmentsAtOnce } from '../../dynamodb/segments-at-once.js';
import type { CheckpointBinding, Position } from '../../ledger/checkpoints.js';
import type { Migrator } from '../migrator.js';
import { totalsOf } from '../read-progress.js';
import type { Move } from './move.js';
import { openPorts } from './ports.js';

export interface TakePartOptions {
  readonly binding: CheckpointBinding;
  /** Items to come, as far as that is known. */
  readonly expected: number | undefined;
  readonly signal: AbortSignal;
  /** Default: by {@link countSegmentsAtOnce}. */
  readonly atOnce?: () => number;
}

/**
 * Takes part in the backfill of a move, as every process does that works on it: `up`, which holds the lock, and
 * `work`, which holds none. See {@link workBackfill}.
 */
export async function takePart(
  migrator: Migrator,
  move: Move,
  { binding, expected, signal, atOnce = countSegmentsAtOnce() }: TakePartOptions,
): Promise<readonly Position[] | undefined> {
  const { budgets, client, clock, settings, segments, intents, actor, command, obligations, ledger, emit } = migrator;
  const { id, source } = move;
  const pace = createPagePace();
  let errors = (await obligations.count(id, 'up')).quarantined;
  return workBackfill({
    segments,
    binding,
    clock,
    taker: { actor, command, leaseMs: settings.leaseMs },
    exclusiveEngine: settings.engine?.kind === 'dynalite',
    atOnce,
    // What the budget allows is for the table, whoever uses it.
    onWorkers: budgets.share,
    async isOpen() {
      const state = backfillStateOf(await ledger.get(id));
      return state.kind === 'open' && state.binding.run === binding.run && state.binding.checksum === binding.checksum;
    },
    work: ({ segment, position, lease }, stopped, saved) =>
      workSegment({
        binding,
        segment,
        position,
        lease,
        segments,
        intents,
        client,
        clock,
        source: source.tableName,
        ports: openPorts(migrator, move, { direction: 'up', lease, origin: `backfill ${segment} ${lease.token}` }),
        horizonMs: settings.leaseMs,
        signal: stopped,
        pace,
        onSaved: (now, quarantined) => {
          errors += quarantined;
          saved(now);
        },
      }),
    onProgress: (positions) =>
      emit({
        type: 'progress',
        id,
        direction: 'up',
        progress: {
          phase: 'backfill',
          scanned: positions.reduce((sum, { scanned }) => sum + scanned, 0),
          expected,
          segments: { done: positions.filter(({ done }) => done).length, total: binding.totalSegments },
          totals: totalsOf(positions, errors),
        },
      }),
    signal,
  }).finally(() => budgets.share(1));
}
