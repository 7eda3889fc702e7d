import type { Position } from '../ledger/checkpoints.js';
import type { StoredLambdaWatch } from '../ledger/lambda-watch.js';
import { phaseOfMove, syncDirection } from '../ledger/move-phase.js';
import type { StoredPace } from '../ledger/pace.js';
import type { Direction, LedgerRow, Totals } from '../ledger/rows.js';
import type { StoredSyncStatus } from '../ledger/sync-status.js';
import { isDone } from './check-state.js';
import type { Migrator } from './migrator.js';

/** What the segments of a run have done together. */
export function totalsOf(segments: readonly Position[], errors: number): Totals {
  const sum = (name: 'scanned' | 'changed' | 'readUnits' | 'writeUnits') =>
    segments.reduce((total, segment) => total + segment[name], 0);
  return {
    scanned: sum('scanned'),
    changed: sum('changed'),
    errors,
    readUnits: sum('readUnits'),
    writeUnits: sum('writeUnits'),
  };
}

/** Pass 1 rewrites, the later ones verify. */
export function phaseOf(segments: readonly Position[]): 'rewrite' | 'verify' {
  return segments.some(({ pass }) => pass > 1) ? 'verify' : 'rewrite';
}

/** How a move stands that is not finished. */
export interface MoveProgress {
  /** What has to be done before the cutover. */
  readonly open: { readonly quarantined: number; readonly contested: number; readonly misshapen: number };
  /** The live sync, as whoever follows wrote it down last; `undefined` where nobody did. */
  readonly sync: StoredSyncStatus | undefined;
  /** A deployed function that follows now. */
  readonly function: StoredLambdaWatch | undefined;
  readonly gap: string | undefined;
  readonly frozen: boolean;
}

export interface RowWithProgress extends LedgerRow {
  /** How fast processes go that work on it, as they said last. */
  readonly paces?: readonly StoredPace[] | undefined;
  readonly moving?: MoveProgress | undefined;
}

/**
 * The ledger's rows with the progress of those that are not finished, from their checkpoints: a run writes its sums
 * into its row only at its end, and a killed one never does.
 */
export async function withProgress(
  migrator: Pick<Migrator, ReadsProgress | 'quarantine' | 'paces'>,
  rows: readonly LedgerRow[],
): Promise<RowWithProgress[]> {
  const { checkpoints, quarantine } = migrator;
  return Promise.all(
    rows.map(async (row) => {
      if (isDone(row)) return row;
      if (row.kind === 'steps') return row;
      const paces = migrator.paces.list(row.id);
      return {
        ...(await (row.kind === 'move' ? moveProgress(migrator, row) : inPlaceProgress(row))),
        paces: await paces,
      };
    }),
  );

  async function inPlaceProgress(row: LedgerRow): Promise<RowWithProgress> {
    const segments = await checkpoints.list(row.id, row.run);
    const errors = await quarantine.count(row.id, row.direction);
    return { ...row, phase: phaseOf(segments), totals: totalsOf(segments, errors) };
  }
}

type ReadsProgress =
  | 'checkpoints'
  | 'obligations'
  | 'syncStatus'
  | 'streamCheckpoints'
  | 'pointers'
  | 'lambdaWatches'
  | 'clock';

async function moveProgress(migrator: Pick<Migrator, ReadsProgress>, row: LedgerRow): Promise<RowWithProgress> {
  const { checkpoints, obligations, syncStatus, streamCheckpoints, pointers } = migrator;
  const { quarantined, contested, misshapen } = await obligations.count(row.id);
  const errors = quarantined + contested + misshapen;
  const segments = await checkpoints.list(row.id, row.run);
  const direction = syncDirection(row);
  const gap = (await streamCheckpoints.list(row.id)).find((position) => position.gap)?.gap?.reason;
  const pointer = (await pointers.list()).find(({ migration }) => migration === row.id);
  return {
    ...row,
    phase: phaseOfMove(row),
    totals: segments.length > 0 ? totalsOf(segments, errors) : row.totals && { ...row.totals, errors },
    moving: {
      open: { quarantined, contested, misshapen },
      sync: direction && (await syncStatus.get(row.id, direction)),
      function: direction && (await functionOf(migrator, row, direction)),
      gap,
      frozen: pointer?.frozen === true,
    },
  };
}

/** Most tables have no move under way: what knows moves is loaded for those that do. */
async function functionOf(migrator: Pick<Migrator, ReadsProgress>, row: LedgerRow, direction: Direction) {
  const [{ streamOf }, { watchingFunction }] = await Promise.all([
    import('./move/prepare-move.js'),
    import('./move/sync-consumer.js'),
  ]);
  return watchingFunction(migrator, row, streamOf(row, direction), direction);
}
