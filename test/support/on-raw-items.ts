import { type AnyItem, type RawItem, rawItem } from '../../src/item/attribute-value.js';
import type { Mapping } from '../../src/reconcile/mapping.js';

/** The `up` of a mapping, of a function that takes items apart. */
export function onRawItems(up: (item: RawItem) => readonly RawItem[]): Mapping['up'] {
  return (item: AnyItem) => up(rawItem(item));
}
