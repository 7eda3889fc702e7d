import { dropTable, requireDroppable } from '../../dynamodb/drop-table.js';
import { MigrateError } from '../../errors.js';
import type { LedgerRow } from '../../ledger/rows.js';
import type { LockedMigrator } from '../migrator.js';
import { clearFollowing } from './clear-following.js';
import { forgetProgress } from './forget-move.js';
import type { Move } from './move.js';
import { moveOf } from './prepare-move.js';
import { switchStreamsOff } from './undo-move.js';

/**
 * Ends a move: the reverse sync and its stream are switched off, and the source is left as it is, or dropped. Each
 * step can be repeated.
 */
export async function completeMove(
  migrator: LockedMigrator,
  move: Move,
  row: LedgerRow,
  { dropSource }: { readonly dropSource: boolean },
): Promise<void> {
  const { actor, client, emit, history, ledger, lease, pointers, settings, signal } = migrator;
  const { id, definition, source } = move;
  if ((await pointers.get(definition.from.name))?.active !== 'target') {
    throw new MigrateError('MIGRATION_UNFINISHED', `\`${source.tableName}\` is in use still`, {
      migration: id,
      fix: `switch over first: \`migrate cutover ${id}\``,
    });
  }
  // Before the way back is given up for it.
  if (dropSource) await requireDroppable(client, source.tableName);
  await ledger.update(lease, id, { phase: 'complete', state: 'running', error: undefined });
  emit({ type: 'phase', id, phase: 'complete' });
  await clearFollowing(migrator, move);
  await switchStreamsOff(migrator, move, row);
  await forgetProgress(migrator, id);
  if (dropSource) {
    emit({ type: 'log', id, message: `deleting table ${source.tableName}` });
    await dropTable(client, source.tableName, signal);
  } else
    emit({ type: 'log', id, message: `${source.tableName} stays as it is now; nothing keeps it up to date any more` });
  if (!dropSource && settings.cutover.denyPolicy) {
    emit({
      type: 'log',
      id,
      message: `where the cutover put a policy on ${source.tableName}, it goes on denying writes`,
    });
  }
  const record = { ...moveOf(row), streams: {}, sourceDropped: dropSource };
  await ledger.update(lease, id, { phase: undefined, move: record });
  await ledger.finish(lease, id, row.totals ? { totals: row.totals } : {});
  await Promise.all([migrator.controls.clear(id), migrator.paces.clearAll(id)]);
  await history.append({ action: 'complete', id, by: actor, details: { dropSource } });
}
