import { MigrateError } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import { isDone } from './check-state.js';
import { type LoadedMigration, tablesOf } from './migration.js';

/** The tables that unfinished moves hold, each with the move's id. Real names. */
export function heldTables(rows: readonly LedgerRow[]): Map<string, string> {
  const held = new Map<string, string>();
  for (const row of rows) {
    if (row.kind !== 'move' || isDone(row)) continue;
    for (const table of row.tables) held.set(table, row.id);
  }
  return held;
}

/** The move that bars a migration from its tables; `undefined` where none does. */
export function blockedBy(
  { id, definition }: LoadedMigration,
  held: ReadonlyMap<string, string>,
  tableName: (name: string) => string,
): string | undefined {
  return tablesOf(definition)
    .map((name) => held.get(tableName(name)))
    .find((holder) => holder !== undefined && holder !== id);
}

export function blocked(id: string, holder: string): MigrateError {
  return new MigrateError('MIGRATION_UNFINISHED', `migration \`${id}\` is blocked: \`${holder}\` holds a table of it`, {
    migration: id,
    fix: `finish \`${holder}\` first: \`migrate status ${holder}\` tells what comes next`,
  });
}
