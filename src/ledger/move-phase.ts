import type { Direction, LedgerRow } from './rows.js';

/**
 * Where a move is: `prepare` the target, `sync` switched on, `backfill`, `verify`, `ready` for its cutover (a gate),
 * `cutover` under way, `reverse`: the target is in use and the source follows it (a gate), `complete`: being ended, `undo`: being taken back.
 */
export type MovePhase =
  | 'prepare'
  | 'sync'
  | 'backfill'
  | 'verify'
  | 'ready'
  | 'cutover'
  | 'reverse'
  | 'undo'
  | 'complete';

export function phaseOfMove({ phase }: Pick<LedgerRow, 'phase'>): MovePhase {
  return (phase as MovePhase | undefined) ?? 'prepare';
}

/**
 * Which way a live sync of this move has to run now; `undefined`: none may. One row decides it for everybody, so
 * whoever follows a stream looks here all the time, and stops.
 */
export function syncDirection(row: LedgerRow | undefined): Direction | undefined {
  if (row?.kind !== 'move') return undefined;
  switch (phaseOfMove(row)) {
    case 'sync':
    case 'backfill':
    case 'verify':
    case 'ready':
      return 'up';
    case 'reverse':
      return 'down';
    default:
      return undefined;
  }
}

/**
 * What a function that is fed with records of a stream has to do with them: `write` the other table; `wait`, because
 * its direction may not be followed now, or not yet; or let them go, because it is `over`: the cutover followed the
 * stream to its end, and what came later is no application's.
 */
export function standingOf(row: LedgerRow | undefined, direction: Direction): 'write' | 'wait' | 'over' {
  if (syncDirection(row) === direction) return 'write';
  if (row?.kind !== 'move' || row.direction !== 'up') return 'wait';
  if (row.state === 'applied' || row.phase === 'complete') return 'over';
  return direction === 'up' && row.phase === 'reverse' ? 'over' : 'wait';
}
