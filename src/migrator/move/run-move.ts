import { segmentsForMove } from '../../backfill/segments-for-move.js';
import type { MoveMigration } from '../../definition/define-move.js';
import { describeTable, tableIdOf } from '../../dynamodb/describe-table.js';
import { MigrateError, throwIfStopped } from '../../errors.js';
import { type MovePhase, phaseOfMove } from '../../ledger/move-phase.js';
import type { MoveRecord, Totals } from '../../ledger/rows.js';
import { beginRun, isResume, type Run } from '../begin-run.js';
import type { LockedMigrator } from '../migrator.js';
import { backfillMove } from './backfill-move.js';
import { clearFollowing } from './clear-following.js';
import { forgetProgress } from './forget-move.js';
import { type Move, openMove } from './move.js';
import { isOffline, keepStreamOn, moveOf, prepareTarget, streamOf, switchStreamOn } from './prepare-move.js';
import { requireSameTables } from './same-tables.js';
import { settleAll } from './settle-all.js';
import { consumerIsThere, type DeployConsumer } from './sync-consumer.js';
import { assertVerified, verifyMove } from './verify-move.js';
import { noSync, type RunningSync, withSync } from './with-sync.js';

export interface RunMoveOptions {
  /** Deploys the function that keeps the tables level, where the environment wants that. */
  readonly deployConsumer?: DeployConsumer | undefined;
}

/**
 * Takes a move up to its gate: target made, live sync on, every item copied and verified. Goes on where it stopped.
 * What follows, `cutover`, is a person's to begin. Where a function of somebody else's is to keep the tables level, it
 * waits for that one before it copies: another gate, with no totals to answer.
 *
 * @throws MigrateError `VERIFY_MISMATCH` where the tables differ for no reason that is on record.
 */
export async function runMove(
  migrator: LockedMigrator,
  definition: MoveMigration,
  run: Run,
  { deployConsumer }: RunMoveOptions = {},
): Promise<Totals | undefined> {
  const { client, lease, ledger, pointers, settings, emit } = migrator;
  const move = await openMove(migrator, run.file, definition);
  const { id, source, target } = move;
  if (isResume(run) && run.row?.move && phaseOfMove(run.row) !== 'prepare') requireSameTables(move, run.row.move);
  const described = await describeTable(client, source.tableName);
  const fresh = !isResume(run);
  const segments = (fresh ? undefined : run.row?.totalSegments) ?? segmentsForMove(described);
  if (fresh) await requireNotInUse(migrator, move);
  let row = await beginRun(migrator, run, segments);
  const enter = async (phase: MovePhase, record?: MoveRecord) => {
    row = await ledger.update(lease, id, { phase, ...(record && { move: record }) });
    emit({ type: 'phase', id, phase });
  };

  if (fresh) await migrator.made.clear(lease, id);
  if (phaseOfMove(row) === 'prepare') {
    // Of an earlier attempt that was forgotten rather than taken back.
    await clearFollowing(migrator, move);
    await forgetProgress(migrator, id);
    await enter('prepare', {
      source: source.tableName,
      target: target.tableName,
      sourceId: tableIdOf(described),
    });
    const prepared = await prepareTarget(migrator, move);
    await pointers.ensure(lease, {
      name: definition.from.name,
      migration: id,
      source: source.tableName,
      target: target.tableName,
      targetName: definition.to.name,
      cacheMs: settings.cutover.cacheMs,
      writeMs: settings.cutover.writeMs,
    });
    await enter('sync', { ...moveOf(row), ...prepared });
  }
  if (phaseOfMove(row) === 'sync') {
    // Rule 1, the stream before the scan.
    row = await switchStreamOn(migrator, move, row, 'up');
    if (isOffline(row)) {
      emit({ type: 'log', id, message: `offline: nobody may write to ${source.tableName} until the cutover` });
      emit({ type: 'warning', message: offlineText(migrator, move) });
    } else if (!(await consumerIsThere(migrator, run.file, row, deployConsumer))) {
      throwIfStopped(migrator.signal, 'stopped while the function was awaited');
      await ledger.update(lease, id, { state: 'waiting', error: undefined });
      return undefined;
    }
    await enter('backfill');
  } else row = await keepStreamOn(migrator, move, row, 'up');

  const following = { direction: 'up' as const, streamArn: streamOf(row, 'up') ?? '' };
  const totals = await (isOffline(row)
    ? copy(noSync(migrator, move, 'up'))
    : withSync(migrator, move, following, copy));
  await ledger.update(lease, id, { phase: 'ready', state: 'waiting', totals, error: undefined });
  emit({ type: 'phase', id, phase: 'ready' });
  return totals;

  async function copy(sync: RunningSync): Promise<Totals> {
    let copied = row.totals;
    if (phaseOfMove(row) === 'backfill') {
      const expected = described.ItemCount || undefined;
      copied = await backfillMove(migrator, move, { row, expected, signal: sync.signal, assertSyncOn: sync.assertOn });
      await ledger.update(lease, id, { totals: copied });
      await enter('verify');
    }
    await sync.untilClose();
    await settleAll(migrator, move, sync);
    const open = await migrator.obligations.count(id);
    const found = await verifyMove(migrator, move, row, { direction: 'up', signal: sync.signal });
    row = found.row;
    await assertVerified(migrator, move, found, open);
    const { quarantined } = await migrator.obligations.count(id, 'up');
    return { ...(copied ?? emptyTotals), errors: quarantined };
  }
}

/**
 * Begun anew, a move makes its target equal to its source: not while applications write the target, because a cutover of
 * this very move was made before it was forgotten.
 */
async function requireNotInUse({ pointers }: LockedMigrator, { id, definition, target }: Move): Promise<void> {
  const pointer = await pointers.get(definition.from.name);
  if (pointer?.migration !== id || pointer.active !== 'target') return;
  throw new MigrateError(
    'TABLE_DRIFT',
    `applications have used \`${target.tableName}\` since an earlier cutover of \`${id}\``,
    {
      migration: id,
      fix: `mark it as done: \`migrate baseline ${id} --reason "…"\``,
    },
  );
}

const emptyTotals: Totals = { scanned: 0, changed: 0, errors: 0, readUnits: 0, writeUnits: 0 };

function offlineText({ endpointName }: LockedMigrator, { source, target }: Move): string {
  return `OFFLINE MOVE: ${endpointName} has no streams, so whatever is written to ${source.tableName} from now on is NOT carried over to ${target.tableName}; let nobody write to it until the cutover`;
}
