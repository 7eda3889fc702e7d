import type { MoveMigration } from '../../definition/define-move.js';
import { findTable } from '../../dynamodb/describe-table.js';
import { disableStream } from '../../dynamodb/streams/disable-stream.js';
import { createTables } from '../../dynamodb/tables.js';
import { isMigrateError, MigrateError } from '../../errors.js';
import { phaseOfMove } from '../../ledger/move-phase.js';
import type { LedgerRow } from '../../ledger/rows.js';
import { beginRun, type Run } from '../begin-run.js';
import { isDone } from '../check-state.js';
import { madeBy } from '../made-by.js';
import type { LockedMigrator } from '../migrator.js';
import { clearFollowing } from './clear-following.js';
import { endWorkers, forgetProgress } from './forget-move.js';
import { forgiveMissed, missedRecords } from './missed-records.js';
import { type Move, openMove } from './move.js';
import { isOffline, streamOf, switchStreamOn } from './prepare-move.js';
import { lowerFence } from './raise-fence.js';
import { switchOver } from './switch-over.js';
import { verifyUntilClean } from './verify-move.js';
import { withSync } from './with-sync.js';

export interface UndoMoveOptions {
  /** The word that nobody writes, where there are no streams. */
  readonly offline: boolean;
}

/**
 * Takes a move back, whichever way is the one from where it is: before the cutover it is given up; after it, the source
 * is brought level with the target through `down`, first, and applications are switched back to it.
 *
 * @throws MigrateError `IRREVERSIBLE` after the cutover, without a `down` or without the source.
 */
export async function undoMove(
  migrator: LockedMigrator,
  definition: MoveMigration,
  run: Run,
  { offline }: UndoMoveOptions,
): Promise<void> {
  const { emit, ledger, lease, pointers } = migrator;
  const { id } = run.file;
  const inUse = (await pointers.get(definition.from.name))?.active === 'target';
  if (inUse) requireWayBack(definition, run, offline);
  requireKnownState(run, inUse);
  const move = await openMove(migrator, run.file, definition).catch((error: unknown) => {
    throw inUse && isMigrateError(error, 'TABLE_NOT_FOUND') ? sourceIsGone(id, error) : error;
  });
  let row = await beginRun(migrator, run, run.row?.totalSegments);
  const { source, target } = move;
  const route = inUse
    ? `route: ${source.tableName} is brought level with ${target.tableName}, then takes over again`
    : `route: ${source.tableName} is in use, so the move is given up`;
  emit({ type: 'log', id, message: route });
  if (inUse) {
    if (!isOffline(row)) row = await switchStreamOn(migrator, move, row, 'down');
    if (phaseOfMove(row) !== 'reverse') row = await ledger.update(lease, id, { phase: 'reverse' });
    // Live, with writers at work: what was written while nobody followed is brought over here. The switch itself then
    // has little left to do.
    if (!isOffline(row)) {
      const following = { direction: 'down' as const, streamArn: streamOf(row, 'down') ?? '' };
      row = await withSync(migrator, move, following, async ({ signal, assertOn, untilClose }) => {
        await assertOn();
        await untilClose();
        // One that was cut short, or had not followed for long, has missed something: it is found in the tables.
        const missed = await missedRecords(migrator, id);
        const verified = await verifyUntilClean(migrator, move, row, { direction: 'down', signal });
        await forgiveMissed(migrator, id, missed);
        return verified;
      });
    }
    row = await switchOver(migrator, move, row, { to: 'source', ack: false });
  }
  await giveUp(migrator, move, row);
}

function requireWayBack({ down, irreversible }: MoveMigration, { file: { id }, row }: Run, offline: boolean): void {
  if (!down) {
    throw new MigrateError(
      'IRREVERSIBLE',
      `migration \`${id}\` cannot be taken back after its cutover: ${irreversible}`,
      {
        migration: id,
        fix: 'nothing was changed; write a new migration that goes on from here',
      },
    );
  }
  if (!row || !isOffline(row) || offline) return;
  throw new MigrateError('CUTOVER_REFUSED', 'the tables have no streams, so writes made meanwhile would be lost', {
    migration: id,
    fix: 'see that nobody writes to them, then say so: `migrate down --offline`',
  });
}

/** Deleting a table on the word of a row that contradicts the ledger would be the end of both. */
function requireKnownState({ file: { id }, row }: Run, inUse: boolean): void {
  const shouldBeInUse = row?.direction === 'up' && (isDone(row) || row.phase === 'reverse' || row.phase === 'complete');
  if (inUse || !shouldBeInUse) return;
  throw new MigrateError('TABLE_DRIFT', 'the ledger says that the move is cut over, the pointer that it is not', {
    migration: id,
    fix: 'see which table the applications use, and look at the row `pointer` of the meta table',
  });
}

function sourceIsGone(migration: string, cause: unknown): MigrateError {
  return new MigrateError('IRREVERSIBLE', `migration \`${migration}\` cannot be taken back: its source was dropped`, {
    migration,
    cause,
    fix: 'nothing was changed; write a new migration that goes on from here',
  });
}

/** Ends the live sync, removes what the move made, and forgets it. */
async function giveUp(migrator: LockedMigrator, move: Move, row: LedgerRow): Promise<void> {
  const { client, emit, ledger, lease, pointers, signal } = migrator;
  const { id, definition, source, target } = move;
  await ledger.update(lease, id, { phase: 'undo' });
  // Applications write the source now: nothing slow goes before that.
  await lowerFence(migrator, source);
  if ((await pointers.get(definition.from.name))?.frozen) await pointers.unfreeze(lease, definition.from.name);
  await endWorkers(migrator, id);
  await clearFollowing(migrator, move);
  await switchStreamsOff(migrator, move, row);
  const made = await madeBy(migrator, id);
  if (made.has(target.tableName)) {
    const log = (message: string) => emit({ type: 'log', id, message });
    const tables = createTables({
      client,
      signal,
      made,
      log,
      tableName: (name) => name,
      mayBeGone: () => true,
      onlyOwn: true,
    });
    if (await tables.exists(target.tableName)) {
      // It was copied from the source, together with everything else.
      await tables.update(target.tableName, { deletionProtection: false });
    }
    await tables.delete(target.tableName);
    // One that died right after it left the record: a later table of that name would be taken for ours.
    if (made.has(target.tableName)) await made.remove(target.tableName);
  } else {
    emit({ type: 'log', id, message: `${target.tableName} was not made by this migration, and stays` });
    // Nobody would know any more who denied its writes, and the next `up` has to write it.
    if (await findTable(client, target.tableName)) await lowerFence(migrator, target);
  }
  await forgetProgress(migrator, id);
}

/** Switches off the streams that the move switched on, and no other. */
export async function switchStreamsOff(migrator: LockedMigrator, move: Move, row: LedgerRow): Promise<void> {
  const { client, signal } = migrator;
  const tables = { up: move.source, down: move.target };
  for (const direction of ['up', 'down'] as const) {
    const stream = row.move?.streams?.[direction];
    if (!stream?.arn) continue;
    const { arn: streamArn, enabledByUs } = stream;
    await disableStream(client, tables[direction].tableName, { streamArn, enabledByUs }, { signal });
  }
}
