import type { Position } from '../ledger/checkpoints.js';
import type { LedgerRow, Totals } from '../ledger/rows.js';
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

/**
 * The ledger's rows with the progress of those that are not finished, from their checkpoints: a run writes its sums
 * into its row only at its end, and a killed one never does.
 */
export async function withProgress(
  { checkpoints, quarantine }: Pick<Migrator, 'checkpoints' | 'quarantine'>,
  rows: readonly LedgerRow[],
): Promise<LedgerRow[]> {
  return Promise.all(
    rows.map(async (row) => {
      if (isDone(row) || row.kind !== 'in-place') return row;
      const segments = await checkpoints.list(row.id, row.run);
      const errors = await quarantine.count(row.id, row.direction);
      return { ...row, phase: phaseOf(segments), totals: totalsOf(segments, errors) };
    }),
  );
}
