import { MigrateError } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { fromJavaScript } from '../item/from-javascript.js';
import { toJavaScript } from '../item/to-javascript.js';

/**
 * An item as plain JavaScript: what a `map` sees. A number that a double cannot hold is a `NumberValue`.
 */
export type TestItem = object;

/** Items of one table, or of several by the names that migrations give them; `null`: there is no such table. */
export type TestItems = readonly TestItem[] | Readonly<Record<string, readonly TestItem[] | null>>;

/** @throws MigrateError `ITEM_INVALID` for what DynamoDB cannot store. */
export function toRawItem(item: TestItem): RawItem {
  const value = fromJavaScript(item, undefined, 'item');
  if ('M' in value) return value.M;
  throw new MigrateError('ITEM_INVALID', 'an item of a test is not a plain object', {
    fix: "write `{ id: '1', name: 'Ann' }`",
  });
}

export function fromRawItem(item: RawItem): Record<string, unknown> {
  return toJavaScript({ M: item }) as Record<string, unknown>;
}

/** Items by table; an array is of `table`. */
export function byTable(
  items: TestItems,
  table: string | undefined,
): Readonly<Record<string, readonly TestItem[] | null>> {
  if (!isList(items)) return items;
  if (table !== undefined) return { [table]: items };
  throw new MigrateError('USAGE', 'a migration of steps names no table, so a list of items is of none', {
    fix: "name the table: `{ USERS: [{ id: '1' }] }`",
  });
}

function isList(items: TestItems): items is readonly TestItem[] {
  return Array.isArray(items);
}
