import { type ItemChange, itemChange } from '../dynamodb/item-change.js';
import { maxOperators, tooManyConditions } from '../dynamodb/update-item.js';
import { MigrateError } from '../errors.js';
import { attributeOf } from '../item/attribute.js';
import type { AnyItem, AttributeValue, KeyNames } from '../item/attribute-value.js';
import { equalOrAbsent, equalValues } from '../item/equal.js';
import { maxItemSize, oversize } from '../item/size.js';
import { applyTransform, assertIdempotent, type Transform } from '../transform/transform.js';

/** What is rewritten, and how. */
export interface Rewrite {
  readonly tableName: string;
  readonly keyNames: KeyNames;
  readonly transform: Transform;
  readonly where: Readonly<Record<string, AttributeValue>>;
}

/**
 * What has to be written for one item; `undefined` when it is as it should be. Pure.
 *
 * Everything that could go wrong with the item is found here, before any write: a transform that throws, a
 * changed key, an item past 400 KB, a change that a second run would make again.
 *
 * @throws MigrateError for the item, with a code that says what is wrong with it.
 */
export function planChange({ transform, where, keyNames }: Rewrite, item: AnyItem): ItemChange | undefined {
  if (!matches(item, where)) return undefined;
  const result = applyTransform(transform, item);
  const after = result.item;
  if (after === item) return undefined;

  assertKeyUnchanged(keyNames.partitionKey, item, after);
  if (keyNames.sortKey !== undefined) assertKeyUnchanged(keyNames.sortKey, item, after);
  for (const name in where) {
    if (!unchanged(name, item, after)) {
      throw new MigrateError('MIGRATION_INVALID', `the transform changes \`${name}\`, which \`where\` selects by`, {
        fix: 'select with `needed` of a `map` instead: `down` could not find the items again',
      });
    }
  }
  const size = oversize(after);
  if (size !== undefined) {
    throw new MigrateError('ITEM_TOO_LARGE', `the item would be ${size} bytes, more than ${maxItemSize}`, {
      fix: 'make the item smaller first, or leave it out with `where` or `needed`',
    });
  }
  assertIdempotent(transform, after);
  const selecting = Object.keys(where);
  const reads = selecting.length === 0 ? result.reads : [...result.reads, ...selecting];
  const change = itemChange(item, after, reads, keyNames);
  // Each attribute is a comparison and an AND, and the key's existence comes on top.
  if (change && 2 * (Object.keys(change.expect).length + 1) > maxOperators) throw tooManyConditions(change);
  return change;
}

function assertKeyUnchanged(name: string, before: AnyItem, after: AnyItem): void {
  if (unchanged(name, before, after)) return;
  throw new MigrateError('KEY_CHANGED', `the transform changes \`${name}\`, a key of the table`, {
    fix: 'a key cannot change in place: leave it, or write the items to a new table',
  });
}

/** The scan's filter, repeated for items that are read again by key. */
function matches(item: AnyItem, where: Rewrite['where']): boolean {
  for (const name in where) {
    const value = attributeOf(item, name);
    if (value === undefined || !equalValues(value, where[name] as AttributeValue)) return false;
  }
  return true;
}

function unchanged(name: string, before: AnyItem, after: AnyItem): boolean {
  return equalOrAbsent(attributeOf(before, name), attributeOf(after, name));
}
