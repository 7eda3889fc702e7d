import type { LockedMigrator } from '../migrator.js';
import type { Move } from './move.js';
import type { RunningSync } from './with-sync.js';

/** A unit that is given back is settled by the next round; what is left after a few is a matter for a person. */
const rounds = 3;

/** Settles what can be settled before the tables are compared. What is left is on record, and bars the cutover. */
export async function settleAll(
  { obligations }: LockedMigrator,
  { id }: Pick<Move, 'id'>,
  sync: RunningSync,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const { reconcile, contested } = await obligations.count(id);
    if (reconcile + contested === 0) return;
    await sync.settle();
  }
}
