import { attributeOf } from '../item/attribute.js';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import { equalItems } from '../item/equal.js';
import { itemSize } from '../item/size.js';
import { writeUnits } from './capacity-units.js';
import type { IndexShape, TableShape } from './table-shape.js';

/** Write units of one item: the table's own, and those of each index, in the order of the shape. */
export interface WriteCost {
  readonly table: number;
  readonly indexes: readonly number[];
}

/** What it costs to make `after` of `before`, or to write it where there is none. Replicas are not in it. */
export function writeCost(table: TableShape, before: RawItem | undefined, after: RawItem): WriteCost {
  return {
    table: writeUnits(before ? itemSize(before) : 0, itemSize(after)),
    indexes: table.indexes.map((index) => indexCost(index, table.keys, before, after)),
  };
}

/**
 * An entry that comes, goes or changes costs a write; one whose key changes costs two, for the old one is deleted and
 * a new one put; one that stays as it is costs none.
 */
function indexCost(index: IndexShape, keys: readonly string[], before: RawItem | undefined, after: RawItem): number {
  const old = before && entryOf(index, keys, before);
  const next = entryOf(index, keys, after);
  if (!old || !next) return old || next ? writeUnits(itemSize(old ?? next ?? {})) : 0;
  if (equalItems(old, next)) return 0;
  const keyOf = (entry: RawItem) => only(entry, index.keys);
  const [was, is] = [itemSize(old), itemSize(next)];
  return equalItems(keyOf(old), keyOf(next)) ? writeUnits(was, is) : writeUnits(was) + writeUnits(is);
}

/** What an index holds of an item; nothing of one that lacks a key of the index. */
function entryOf({ keys, carries }: IndexShape, tableKeys: readonly string[], item: RawItem): RawItem | undefined {
  if (keys.some((name) => attributeOf(item, name) === undefined)) return undefined;
  return carries === undefined ? item : only(item, new Set([...tableKeys, ...keys, ...carries]));
}

function only(item: RawItem, names: Iterable<string>): RawItem {
  const kept: [string, AttributeValue][] = [];
  for (const name of names) {
    const value = attributeOf(item, name);
    if (value !== undefined) kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}
