import { attributeOf, namesOf, setOwn } from '../item/attribute.js';
import { type AnyItem, type AttributeValue, isText, type KeyNames, type RawItem } from '../item/attribute-value.js';
import { equalOrAbsent } from '../item/equal.js';
import { keyOf } from '../item/key.js';

/** The smallest change that turns one item into another, and what must still hold for it to be right. */
export interface ItemChange {
  readonly key: RawItem;
  readonly set: Readonly<Record<string, AttributeValue>>;
  readonly remove: readonly string[];
  /** Attribute to the value it must still have; `undefined`: it must still be absent. */
  readonly expect: Readonly<Record<string, AttributeValue | undefined>>;
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
  before: AnyItem,
  after: AnyItem,
  reads: readonly string[],
  keyNames: KeyNames,
): ItemChange | undefined {
  // Plain objects: there is one change for each item of a table.
  const set: Record<string, AttributeValue> = {};
  const remove: string[] = [];
  let isSame = true;
  for (const name of namesThatMayDiffer(before, after)) {
    const old = attributeOf(before, name);
    const value = attributeOf(after, name);
    if (equalOrAbsent(old, value)) continue;
    if (value === undefined) remove.push(name);
    else setOwn(set, name, value);
    isSame = false;
  }
  if (isSame) return undefined;

  const expect: Record<string, AttributeValue | undefined> = {};
  // The key names the item; its values cannot change.
  const add = (name: string) => {
    if (name !== keyNames.partitionKey && name !== keyNames.sortKey) setOwn(expect, name, attributeOf(before, name));
  };
  for (const name in set) add(name);
  for (const name of remove) add(name);
  for (const name of reads) add(name);
  return { key: keyOf(before, keyNames), set, remove, expect };
}

/** Of a text that was made of another one, what was changed; of others, all that either has. */
function namesThatMayDiffer(before: AnyItem, after: AnyItem): Iterable<string> {
  const changes = isText(before) && isText(after) ? after.changesSince(before) : undefined;
  return changes ? Object.keys(changes) : new Set([...namesOf(after), ...namesOf(before)]);
}
