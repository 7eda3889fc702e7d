import { MigrateError } from '../../errors.js';
import type { MoveRecord } from '../../ledger/rows.js';
import type { Move } from './move.js';

/**
 * Sees that the tables are those that the move began with. A table that somebody deleted and made anew is empty, or is
 * about something else: to switch to it, or to make another one equal to it, would be the end of the data.
 *
 * @throws MigrateError `CONFIG_INVALID` where the environment names other tables now; `TABLE_DRIFT`.
 */
export function requireSameTables(move: Move, record: MoveRecord | undefined): void {
  requireSameNames(move, record);
  if (record?.targetId !== undefined && move.tableIds.target === undefined) {
    throw new MigrateError('TABLE_NOT_FOUND', `the target \`${move.target.tableName}\` is gone`, {
      migration: move.id,
      fix: 'find out who deleted it; before the cutover `migrate down` gives the move up, and `migrate up` begins anew',
    });
  }
  for (const side of ['source', 'target'] as const) {
    if (isSameTable(move, record, side)) continue;
    const { tableName } = move[side];
    throw new MigrateError('TABLE_DRIFT', `\`${tableName}\` is not the table any more that the move began with`, {
      migration: move.id,
      fix:
        `find out who deleted it, and made it anew; before the cutover \`migrate down\` gives the move up and leaves both ` +
        'tables as they are',
    });
  }
}

/** @throws MigrateError `CONFIG_INVALID`. */
export function requireSameNames({ id, source, target }: Move, record: MoveRecord | undefined): void {
  if (!record || record.source === '' || (record.source === source.tableName && record.target === target.tableName))
    return;
  throw new MigrateError(
    'CONFIG_INVALID',
    `the move began from \`${record.source}\` to \`${record.target}\`; now the environment names these tables \`${source.tableName}\` and \`${target.tableName}\``,
    { migration: id, fix: 'restore `tableName` of the environment until the move is complete, or taken back' },
  );
}

/** Whether a table is the one that the move began with. One that is gone is not another one. */
export function isSameTable({ tableIds }: Move, record: MoveRecord | undefined, side: 'source' | 'target'): boolean {
  const [now, then] = [tableIds[side], record?.[`${side}Id`]];
  return now === undefined || then === undefined || now === then;
}
