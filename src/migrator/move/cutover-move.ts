import { callerPattern } from '../../dynamodb/account.js';
import { describeTable } from '../../dynamodb/describe-table.js';
import { setTimeToLive } from '../../dynamodb/table-settings.js';
import { fenceWrites, liftFence } from '../../dynamodb/write-fence.js';
import { MigrateError } from '../../errors.js';
import type { LedgerRow } from '../../ledger/rows.js';
import { madeBy } from '../made-by.js';
import type { LockedMigrator } from '../migrator.js';
import { checkGates, type Gate, requireOpen } from './gates.js';
import type { Move } from './move.js';
import { isOffline, streamOf } from './prepare-move.js';
import { switchOver } from './switch-over.js';
import { withSync } from './with-sync.js';

export interface CutoverOptions {
  /** The word that nobody writes, where there are no streams. */
  readonly offline: boolean;
  /** The word that the applications were shipped with the new name, and do not look at the pointer. */
  readonly ack: boolean;
  /** Consent to a way back that does not bring back everything. */
  readonly acceptLossy: boolean;
  /** The word that no other region of a global table writes any more. */
  readonly acceptReplicas: boolean;
}

/**
 * Makes the target the table in use. Goes on where it stopped: whether the pointer was flipped decides.
 *
 * @throws MigrateError `CUTOVER_REFUSED` with the gates that are closed.
 */
export async function cutoverMove(
  migrator: LockedMigrator,
  move: Move,
  start: LedgerRow,
  options: CutoverOptions,
): Promise<readonly Gate[]> {
  const { ledger, lease, history, actor, pointers, emit } = migrator;
  const { id, definition } = move;
  let row = start;
  let gates: readonly Gate[] = [];
  const { active } = (await pointers.get(definition.from.name)) ?? {};
  if (active !== 'target') {
    gates = await checkGates(migrator, move, row, options);
    requireOpen(id, gates);
    // One that died in the middle has caught up, and may have switched the stream off since.
    if (!isOffline(row) && row.phase === 'ready') {
      await catchUp(migrator, move, row);
      // What was followed just now may have left something open, or shown that something was missed.
      gates = await checkGates(migrator, move, row, options);
      requireOpen(id, gates);
    }
    row = await switchOver(migrator, move, row, { to: 'target', ack: options.ack });
  }
  // The pointer is flipped: from here on only forward, and each step can be repeated.
  await ledger.update(lease, id, { phase: 'reverse', state: 'waiting', error: undefined });
  emit({ type: 'phase', id, phase: 'reverse' });
  if (start.phase === 'reverse') emit({ type: 'note', message: `the cutover of ${id} was made before` });
  else await history.append({ action: 'cutover', id, by: actor });
  await letReverseSyncWrite(migrator, move);
  await carryTimeToLive(migrator, move, row);
  return gates;
}

/** So that writes are held back for as short a time as can be. */
async function catchUp(migrator: LockedMigrator, move: Move, row: LedgerRow): Promise<void> {
  const following = { direction: 'up' as const, streamArn: streamOf(row, 'up') ?? '' };
  await withSync(migrator, move, following, (sync) => sync.untilClose());
}

/** Writers stay shut out of the source, but the reverse sync has to write it: whoever runs the cutover may. */
async function letReverseSyncWrite(
  { client, settings, emit, lambdaWatches }: LockedMigrator,
  move: Move,
): Promise<void> {
  if (!settings.cutover.denyPolicy || !move.definition.down) return;
  const { TableArn = '' } = await describeTable(client, move.source.tableName);
  const ownEndpoint = settings.engine !== undefined || settings.endpoint !== undefined;
  const caller = ownEndpoint ? undefined : await callerPattern(client);
  if (caller === undefined) {
    // An engine of its own does not tell who we are, so nobody can be let in alone.
    await liftFence(client, TableArn);
    return;
  }
  // The function that follows the source knows the role of the one that will follow the target.
  const { reverseRoleId } = (await lambdaWatches.get(move.id, 'up')) ?? {};
  const except = [caller, ...(reverseRoleId === undefined ? [] : [`${reverseRoleId}:*`])];
  await fenceWrites(client, TableArn, { except });
  const message = `${move.source.tableName} goes on denying writes, but to ${except.join(' and ')}, for the reverse sync`;
  emit({ type: 'log', id: move.id, message });
}

/** Only now: before, items that expire would vanish from the target alone. */
async function carryTimeToLive(migrator: LockedMigrator, move: Move, row: LedgerRow): Promise<void> {
  const { client, emit, signal } = migrator;
  const attribute = row.move?.timeToLive;
  if (attribute === undefined) return;
  const log = (message: string) => emit({ type: 'log', id: move.id, message });
  const made = await madeBy(migrator, move.id);
  const context = {
    client,
    signal,
    log,
    made,
    tableName: (name: string) => name,
    mayBeGone: () => false,
    onlyOwn: false,
  };
  await setTimeToLive(context, move.target.tableName, attribute);
}

/** @throws MigrateError `MIGRATION_UNFINISHED` unless the move has come to its cutover. */
export function requireCutoverPhase(id: string, row: LedgerRow): void {
  if (['ready', 'cutover', 'reverse'].includes(row.phase ?? '') && row.direction === 'up') return;
  throw new MigrateError(
    'MIGRATION_UNFINISHED',
    `migration \`${id}\` is not ready for its cutover (${row.phase ?? row.state})`,
    {
      migration: id,
      fix: row.direction === 'down' ? 'finish taking it back: `migrate down`' : 'take it there: `migrate up`',
    },
  );
}
