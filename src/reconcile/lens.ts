import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import { attributeOf } from '../item/attribute.js';
import { type RawItem, rawItem } from '../item/attribute-value.js';
import { equalItems } from '../item/equal.js';
import { formatKey, keyId, keyOf } from '../item/key.js';
import { type Mapping, sameKeyOf, targetItemsOf } from './mapping.js';
import type { ReadItems, TargetWrite, WriteTarget } from './ports.js';

/** The old form of a target item, given the old item as it is (`undefined`: there is none). Pure. */
export type Down = (item: RawItem, old: RawItem | undefined) => RawItem;

/**
 * The mapping of the reverse sync, where the new table leads: a unit is the key of a target item. What it wants of
 * the old table depends on the old item, which a mapping cannot see; so `up` carries the new item, and a
 * {@link reverseWriter}, the only writer that understands the result, makes the old item of it.
 *
 * @throws MigrateError `INTERNAL` for a move that changes keys.
 */
export function reverseMapping(mapping: Mapping): Mapping {
  assertReversible(mapping);
  const reversed: Mapping = {
    sourceKeys: mapping.targetKeys,
    targetKeys: mapping.sourceKeys,
    up: (item) => [{ ...sameKeyOf(item, reversed), [carried]: { M: rawItem(item) } }],
  };
  return reversed;
}

/** Where a carried item is. No attribute of a table has this name, so it is no key attribute either. */
const carried = '';

export interface ReverseWriterOptions {
  /** The mapping of the move itself, from the old table to the new one. */
  readonly mapping: Mapping;
  readonly down: Down;
  /** The items of the old table. */
  readonly readSource: ReadItems;
  /** Writes the old table, unconditionally. */
  readonly writeSource: WriteTarget;
}

/**
 * The writer of a reconcile over {@link reverseMapping}. For a new item `t`, or none, it reads the old item `s`, and
 * writes `s` itself where the transform makes `t` of it already, else `down(t, s)`, or a delete where `t` is
 * absent. So attributes that `up` dropped survive, and so do old items that a filter left out.
 *
 * Why the argument of `reconcile` holds although what is written depends on the old item: a write *represents* the `t`
 * that it was made for, whichever `s` was read, and whoever lands last on a key goes on to see that its `t` is
 * current, or is followed by another call. An `s` that was read before another call's write may bring back what
 * stood for another `t`, but only in a write that represents its own. If that `t` is not current, its caller finds out
 * and goes on; if it is, nothing is wrong. Every `s` comes from the old table as the move left it, by way of reverse
 * writes only, as nobody else writes that table after the cutover; so each has the dropped attributes, unless the item
 * was deleted meanwhile. `s` is written also where nothing seems to differ: that write is what orders us last.
 *
 * What `up` or `down` throws for an item is that write's outcome, with its key, and the unit is quarantined.
 *
 * @throws MigrateError `INTERNAL` for a move that changes keys.
 */
export function reverseWriter(options: ReverseWriterOptions): WriteTarget {
  const { mapping, readSource, writeSource } = options;
  assertReversible(mapping);
  const idOf = (item: RawItem) => keyId(item, mapping.sourceKeys);
  return async (writes) => {
    const read = await readSource(writes.map(({ key }) => key));
    const olds = new Map(read.map((old) => [idOf(old), old]));
    const planned = writes.map((write) => plan(write, olds.get(idOf(write.key)), options));
    const sent = planned.filter((one): one is TargetWrite => !isMigrateError(one));
    const outcomes = sent.length === 0 ? [] : await writeSource(sent);
    let next = 0;
    return planned.map((one) => {
      if (isMigrateError(one)) return { result: one, late: false };
      const outcome = outcomes[next++];
      if (outcome === undefined) throw new MigrateError('INTERNAL', '`writeSource` answered too few outcomes');
      return outcome;
    });
  };
}

/**
 * The old form of a target item.
 *
 * @throws MigrateError with the item's key: what `down` threw, or `ITEM_INVALID` where it changes the key.
 */
export function oldFormOf(item: RawItem, old: RawItem | undefined, mapping: Mapping, down: Down): RawItem {
  const unit = keyOf(item, mapping.targetKeys);
  try {
    const form = down(item, old);
    const expected = sameKeyOf(unit, reverseMapping(mapping));
    if (keyId(form, mapping.sourceKeys) !== keyId(expected, mapping.sourceKeys)) {
      throw new MigrateError('ITEM_INVALID', '`down` changes the key of an item, in a move that keeps keys', {
        fix: 'let `down` leave the key attributes as they are',
      });
    }
    return form;
  } catch (thrown) {
    const { code, message, fix, cause } = isMigrateError(thrown)
      ? thrown
      : new MigrateError('TRANSFORM_FAILED', `\`down\` threw: ${messageOf(thrown)}`, { cause: thrown });
    throw new MigrateError(code, message, { key: formatKey(unit), fix, cause });
  }
}

function plan(write: TargetWrite, old: RawItem | undefined, options: ReverseWriterOptions): TargetWrite | MigrateError {
  const { mapping, down } = options;
  try {
    const item = carriedBy(write);
    const now = targetItemsOf(write.key, old, mapping)[0]?.item;
    const agrees = item === undefined || now === undefined ? item === now : equalItems(item, now);
    return { key: write.key, owner: write.owner, item: agrees ? old : item && oldFormOf(item, old, mapping, down) };
  } catch (error) {
    if (isMigrateError(error)) return error;
    throw error;
  }
}

function carriedBy({ item }: TargetWrite): RawItem | undefined {
  if (item === undefined) return undefined;
  const value = attributeOf(item, carried);
  if (value === undefined || !('M' in value)) {
    throw new MigrateError('INTERNAL', 'a reverse write was not made by the reverse mapping');
  }
  return value.M;
}

function assertReversible({ owner }: Mapping): void {
  if (owner) throw new MigrateError('INTERNAL', 'a move that changes keys has no reverse sync');
}
