import type { AttributeValue, KeyNames, RawItem } from '../item/attribute-value.js';
import { equalValues } from '../item/equal.js';
import { keyOf } from '../item/key.js';

/** The smallest change that turns one item into another, and what must still hold for it to be right. */
export interface ItemChange {
  readonly key: RawItem;
  readonly set: Readonly<Record<string, AttributeValue>>;
  readonly remove: readonly string[];
  /** Attribute to the value it must still have; `undefined`: it must still be absent. */
  readonly expect: ReadonlyMap<string, AttributeValue | undefined>;
}

/**
 * Compares an item as it was read with what it should become.
 *
 * The change expects the old value of every attribute that it writes or removes, and of every name in `reads`
 * (what the new values were computed from): a write by anybody else to one of those makes it fail, a write to
 * any other attribute does not concern it.
 *
 * @returns `undefined` when nothing changes.
 */
export function itemChange(
  before: RawItem,
  after: RawItem,
  reads: Iterable<string>,
  keyNames: KeyNames,
): ItemChange | undefined {
  const set: Record<string, AttributeValue> = Object.create(null);
  const remove: string[] = [];
  for (const [name, value] of Object.entries(after)) {
    const old = valueAt(before, name);
    if (old === undefined || !equalValues(old, value)) set[name] = value;
  }
  for (const name of Object.keys(before)) if (valueAt(after, name) === undefined) remove.push(name);
  if (remove.length === 0 && Object.keys(set).length === 0) return undefined;

  const expect = new Map<string, AttributeValue | undefined>();
  for (const name of [...Object.keys(set), ...remove, ...reads]) {
    // The key names the item; its values cannot change.
    if (name !== keyNames.partitionKey && name !== keyNames.sortKey) expect.set(name, valueAt(before, name));
  }
  return { key: keyOf(before, keyNames), set, remove, expect };
}

function valueAt(item: RawItem, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}
