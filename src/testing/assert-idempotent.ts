import { isMigrateError } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { equalItems } from '../item/equal.js';
import type { Definition } from '../migrator/migration.js';
import { applyTransform } from '../transform/transform.js';
import { attributeDifferences, tableDifferences } from './difference.js';
import { attempt, fail } from './fail.js';
import type { TestItems } from './items.js';
import { forgetProgress } from './meta-rows.js';
import type { MigrationUnderTest } from './open-migration.js';

/**
 * Asserts that doing it twice is doing it once: the whole migration is run, and run again as though its process had
 * died just before the end. Functions of items are also called twice, and have to say the same.
 *
 * @throws AssertionError with what the second time changed.
 */
export async function assertIdempotent(migration: MigrationUnderTest, items?: TestItems): Promise<void> {
  const { id, definition } = migration;
  await migration.seed(items);
  const start = await migration.contents();
  const { kind } = definition;
  if (kind !== 'steps') {
    const table = start.get(migration.tableName(kind === 'move' ? definition.from.name : definition.table.name));
    for (const item of table?.items.values() ?? []) assertPure(id, definition, item);
  }
  await attempt(id, 'failed', () => migration.up());
  const once = await migration.contents();
  if (kind === 'move') return;
  await forgetProgress(migration);
  await attempt(id, 'failed when it was run again on what it had done', () => migration.up());
  const lines = tableDifferences(await migration.contents(), once, new Set([migration.metaTable]));
  if (lines.length > 0) fail(id, 'changes what it has already done, when it is run again', lines);
}

function assertPure(id: string, definition: Definition, item: RawItem): void {
  const apply = applierOf(definition);
  let first: readonly RawItem[];
  try {
    first = apply(item);
  } catch (error) {
    // The run will say so, with the item's key.
    if (isMigrateError(error)) return;
    throw error;
  }
  const second = apply(item);
  const lines = first.flatMap((result, index) => {
    const other = second[index] ?? {};
    return equalItems(result, other) ? [] : attributeDifferences(other, result);
  });
  if (lines.length > 0 || first.length !== second.length) {
    fail(id, 'makes something else of the same item the second time; no clock, random or counter is allowed', lines);
  }
}

function applierOf(definition: Definition): (item: RawItem) => readonly RawItem[] {
  if (definition.kind === 'move') return definition.apply;
  if (definition.kind === 'in-place') return (item) => [applyTransform(definition.up, item).item];
  return () => [];
}
