import { endInvocations } from '../../ledger/invocations.js';
import type { LockedMigrator } from '../migrator.js';
import type { Move } from './move.js';

/**
 * Waits until no deployed function that saw the phase before this one can write: the lease of the live sync does not
 * keep functions out, the phase does. So it has to be changed before.
 */
export async function endFunctions(
  { metaTable, clock, signal, emit }: LockedMigrator,
  { id }: Pick<Move, 'id'>,
): Promise<void> {
  await endInvocations({
    table: metaTable,
    id,
    clock,
    signal,
    onWait: ({ host }) => emit({ type: 'note', message: `waiting for an invocation of ${host} to end` }),
  });
}
