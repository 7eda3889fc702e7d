import type { RawItem } from '../item/attribute-value.js';
import { keyId } from '../item/key.js';
import { itemDifferences } from './difference.js';
import { attempt, fail } from './fail.js';
import { byTable, fromRawItem, type TestItem, type TestItems, toRawItem } from './items.js';
import type { MigrationUnderTest } from './open-migration.js';
import type { TableContents } from './table-contents.js';

/**
 * Asserts that the migration makes `after` of `before`: exactly these items, with exactly these attributes. A move is
 * run up to its gate, and `after` is what is in its new table.
 *
 * @throws AssertionError with the differences, item by item.
 */
export async function assertMigrates(
  migration: MigrationUnderTest,
  before: TestItems,
  after: TestItems,
): Promise<void> {
  const { id, definition } = migration;
  await migration.seed(before);
  await attempt(id, 'failed', () => migration.up());
  const target =
    definition.kind === 'move'
      ? definition.to.name
      : definition.kind === 'in-place'
        ? definition.table.name
        : undefined;
  const contents = await migration.contents();
  const lines: string[] = [];
  const expected = byTable(after, target);
  for (const [name, items] of Object.entries(expected)) {
    const table = contents.get(migration.tableName(name));
    if (items === null) {
      if (table) lines.push(`${name} should not be there`);
    } else if (table) lines.push(...itemDifferences(table, items.map(toRawItem)).map((line) => `${name} ${line}`));
    else lines.push(`there is no table ${name}`);
  }
  if (lines.length === 0) return;
  const actual = Object.fromEntries(
    Object.keys(expected).map((name) => {
      const table = contents.get(migration.tableName(name));
      return [name, table ? inOrderOf(expected[name] ?? [], table).map(fromRawItem) : null];
    }),
  );
  fail(id, 'does not make what is expected', lines, { actual, expected });
}

/** The items of a table in the order in which they were expected, so that a diff has no lines for another order. */
function inOrderOf(expected: readonly TestItem[], { items, keys }: TableContents): RawItem[] {
  const left = new Map(items);
  const found = expected.flatMap((item) => {
    const id = keyId(toRawItem(item), keys);
    const actual = left.get(id);
    left.delete(id);
    return actual ? [actual] : [];
  });
  return [...found, ...left.values()];
}
