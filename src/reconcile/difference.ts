import { isMigrateError, type MigrateError } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { equalItems } from '../item/equal.js';
import { keyId, keyOf } from '../item/key.js';
import { differingAttributes } from './differing-attributes.js';
import { type Down, oldFormOf, reverseMapping } from './lens.js';
import { type Mapping, sameKeyOf, type TargetItems, targetItemsOf, targetKeyOf } from './mapping.js';

/**
 * How the tables differ at a target key: the item that the source wants there is not there (`missing`), an item is
 * there that its source does not want (`extra`), they have other attributes or owners (`different`), or the source
 * item has no target form (`failed`). The same words after the cutover, when the target leads.
 */
export type DifferenceKind = 'missing' | 'extra' | 'different' | 'failed';

/** A difference between source and target: names only, never values. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** The source key; `undefined` for an extra item that names no source. */
  readonly unit: RawItem | undefined;
  /** The target key; `undefined` for a `failed` item of a move that changes keys, as nobody knows its target keys. */
  readonly key: RawItem | undefined;
  /** The attributes of a `different` item that differ, sorted; empty for the other kinds. */
  readonly attributes: readonly string[];
  /** Why an item `failed`, with its source key. */
  readonly error?: MigrateError;
}

/** What is compared: all that a source item wants of the target, or whether a target item is wanted. */
export type Subject =
  | { readonly side: 'source'; readonly unit: RawItem }
  /** `unit`: the source key that the item at `key` names, if it names any. */
  | { readonly side: 'target'; readonly key: RawItem; readonly unit: RawItem | undefined };

export interface CompareOptions {
  readonly mapping: Mapping;
  /** Given after the cutover of a move that keeps keys: a pair also agrees when the source item is `down` of it. */
  readonly down?: Down | undefined;
}

/** Items as they were read, by the id of their key; may have others besides. */
export type ItemsById = ReadonlyMap<string, RawItem>;

/**
 * The differences of a subject, given what both tables hold for it. Each difference is found by one side only: extra
 * items by the target's side, all others by the source's.
 */
export function differencesOf(
  subject: Subject,
  source: ItemsById,
  target: ItemsById,
  options: CompareOptions,
): readonly Difference[] {
  const { unit } = subject;
  const item = unit && source.get(keyId(unit, options.mapping.sourceKeys));
  return subject.side === 'source'
    ? unmet(subject.unit, item, target, options)
    : unwanted(subject, item, target, options);
}

/** The source key that a target item names, its own where the move keeps keys; `undefined` where it names none. */
export function unitOfTarget(item: RawItem, mapping: Mapping): RawItem | undefined {
  if (!mapping.owner) return sameKeyOf(item, reverseMapping(mapping));
  try {
    const unit = mapping.owner.unitOf(item);
    return unit && keyOf(unit, mapping.sourceKeys);
  } catch (error) {
    // A mark that is not a key was not made by this move.
    if (isMigrateError(error)) return undefined;
    throw error;
  }
}

function unmet(
  unit: RawItem,
  item: RawItem | undefined,
  target: ItemsById,
  options: CompareOptions,
): readonly Difference[] {
  const { mapping } = options;
  let wanted: TargetItems;
  try {
    wanted = targetItemsOf(unit, item, mapping);
  } catch (error) {
    if (!isMigrateError(error)) throw error;
    const key = mapping.owner ? undefined : sameKeyOf(unit, mapping);
    return [{ kind: 'failed', unit, key, attributes: [], error }];
  }
  return wanted.flatMap(({ id, item: form }): Difference[] => {
    const there = target.get(id);
    const key = targetKeyOf(form, mapping);
    if (there === undefined) return [{ kind: 'missing', unit, key, attributes: [] }];
    if (equalItems(form, there) || (item && isOldForm(item, there, options))) return [];
    return [{ kind: 'different', unit, key, attributes: differingAttributes(form, there) }];
  });
}

function unwanted(
  { key, unit }: Extract<Subject, { side: 'target' }>,
  item: RawItem | undefined,
  target: ItemsById,
  options: CompareOptions,
): readonly Difference[] {
  const { mapping } = options;
  const id = keyId(key, mapping.targetKeys);
  const there = target.get(id);
  const named = there && unitOfTarget(there, mapping);
  if (there === undefined) return [];
  if (named === undefined) return [{ kind: 'extra', unit: undefined, key, attributes: [] }];
  // Given to another unit since, by a reconcile that saw that the unit wants it.
  if (unit === undefined || keyId(named, mapping.sourceKeys) !== keyId(unit, mapping.sourceKeys)) return [];
  try {
    if (targetItemsOf(unit, item, mapping).some((wanted) => wanted.id === id)) return [];
  } catch (error) {
    // `failed` is the other side's to tell.
    if (isMigrateError(error)) return [];
    throw error;
  }
  if (item && isOldForm(item, there, options)) return [];
  return [{ kind: 'extra', unit, key, attributes: [] }];
}

function isOldForm(item: RawItem, there: RawItem, { mapping, down }: CompareOptions): boolean {
  if (!down) return false;
  try {
    return equalItems(item, oldFormOf(there, item, mapping, down));
  } catch (error) {
    if (isMigrateError(error)) return false;
    throw error;
  }
}
