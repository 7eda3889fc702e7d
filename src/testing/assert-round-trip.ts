import type { MoveMigration } from '../definition/define-move.js';
import { isMigrateError, type MigrateError } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { attributeDifferences, tableDifferences } from './difference.js';
import { attempt, fail } from './fail.js';
import { byTable, fromRawItem, type TestItems, toRawItem } from './items.js';
import type { MigrationUnderTest } from './open-migration.js';

/**
 * Asserts that the way there and back leaves everything as it was, items, tables and indexes, and that the way there
 * can be gone again. Of a move also that new items which nobody has the old form of find their way back.
 *
 * @throws AssertionError with what was lost.
 */
export async function assertRoundTrips(migration: MigrationUnderTest, items?: TestItems): Promise<void> {
  const { id, definition } = migration;
  if (definition.irreversible !== undefined) {
    fail(id, `has no way back: it says \`irreversible: '${definition.irreversible}'\``);
  }
  await migration.seed(items);
  if (definition.kind === 'move') checkNewItems(migration, definition, items ?? migration.fixtures ?? []);
  const start = await migration.contents();
  await attempt(id, 'failed on its way up', () => migration.up());
  const there = await migration.contents();
  // With streams a cutover holds back writers that there are none of; on its way back from the gate it only cancels.
  const isOffline =
    definition.kind === 'move' &&
    there.get(migration.tableName(definition.from.name))?.shape ===
      start.get(migration.tableName(definition.from.name))?.shape;
  if (isOffline) await attempt(id, 'failed in its cutover', () => migration.cutover());
  await attempt(id, 'failed on its way back', () => migration.down());
  const ignored = new Set([migration.metaTable]);
  const lost = tableDifferences(await migration.contents(), start, ignored);
  if (lost.length > 0) fail(id, 'does not come back to where it began', lost);
  await attempt(id, 'failed on its way up again', () => migration.up());
  const other = tableDifferences(await migration.contents(), there, ignored);
  if (other.length > 0) fail(id, 'does something else when it is run again after its way back', other);
}

/** What applications write into the new table after the cutover has no old item beside it. */
function checkNewItems({ id }: MigrationUnderTest, { from, apply, down }: MoveMigration, items: TestItems): void {
  if (!down) return;
  const lines: string[] = [];
  for (const item of (byTable(items, from.name)[from.name] ?? []).map(toRawItem)) {
    for (const target of tried(() => apply(item), lines) ?? []) {
      const old = tried(() => down(target, undefined), lines);
      const [again = {}] = (old && tried(() => apply(old), lines)) ?? [];
      if (old) lines.push(...attributeDifferences(again, target).map((line) => `${describe(target)}: ${line}`));
    }
  }
  if (lines.length > 0) fail(id, 'loses something of a new item on its way to the old table and back', lines);
}

function tried<T>(work: () => T, lines: string[]): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!isMigrateError(error)) throw error;
    lines.push(textOf(error));
    return undefined;
  }
}

function textOf({ code, message }: MigrateError): string {
  return `${code}: ${message}`;
}

function describe(item: RawItem): string {
  const text = JSON.stringify(fromRawItem(item));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
