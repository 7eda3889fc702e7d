import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import type { AnyItem, KeyNames, RawItem } from '../item/attribute-value.js';
import { equalItems } from '../item/equal.js';
import { formatKey, keyId, keyOf } from '../item/key.js';
import type { Owner } from './owner.js';
import type { Intent } from './ports.js';

/** What a move makes of a source item, as the reconciler needs it. */
export interface Mapping {
  /**
   * The target items of one source item; none for an item that the move leaves out.
   *
   * Rule 5, a pure `up`: the same item gives the same items, in every process and for the whole move. Nothing here
   * can check that; the caller binds a move to one checksum, and a changed transform is a new move.
   */
  readonly up: <T extends AnyItem>(item: T) => readonly (T | RawItem)[];
  readonly sourceKeys: KeyNames;
  readonly targetKeys: KeyNames;
  /**
   * Left out: the target key is the source key, by position, and at most one item is made of an item. Given: the
   * target key comes from other attributes, or there are several items, and each target item names its source.
   */
  readonly owner?: Owner | undefined;
}

/** What the target has to hold for a unit. An array, as nearly always there is one item, and a map takes far more. */
export type TargetItems<T extends AnyItem = RawItem> = readonly TargetItem<T>[];

export interface TargetItem<T extends AnyItem = RawItem> {
  /** The id of its key. */
  readonly id: string;
  readonly item: T;
}

/** The key of a target item. */
export function targetKeyOf(item: AnyItem, { targetKeys }: Mapping): RawItem {
  return keyOf(item, targetKeys);
}

/**
 * What the target has to hold for a unit whose source item is `item`; nothing where it is absent.
 *
 * @throws MigrateError with the unit's key: what the transform threw, or `ITEM_INVALID` where its result does not fit
 * the move.
 */
export function targetItemsOf<T extends AnyItem>(
  unit: RawItem,
  item: T | undefined,
  mapping: Mapping,
): TargetItems<T | RawItem> {
  if (item === undefined) return [];
  const { owner, targetKeys } = mapping;
  try {
    const items: TargetItem<T | RawItem>[] = [];
    for (const result of mapping.up(item)) {
      items.push({ id: keyId(result, targetKeys), item: owner ? owner.sign(result, unit) : result });
    }
    if (items.length > 1) assertDistinct(items, mapping);
    if (!owner) assertSameKey(unit, items, mapping);
    return items;
  } catch (error) {
    throw unitError(error, unit);
  }
}

/**
 * The intent for a unit of which these images were seen: S is the keys of all of them. An image that has no target
 * form has no keys; whoever reconciles it quarantines the unit.
 */
export function intentOf(unit: RawItem, images: readonly AnyItem[], mapping: Mapping): Intent {
  if (!mapping.owner) return { unit, keys: [keepsNames(mapping) ? unit : sameKeyOf(unit, mapping)] };
  const keys = new Map<string, RawItem>();
  for (const image of images) {
    let items: TargetItems<AnyItem>;
    try {
      items = targetItemsOf(unit, image, mapping);
    } catch {
      continue;
    }
    for (const { id, item } of items) keys.set(id, targetKeyOf(item, mapping));
  }
  return { unit, keys: [...keys.values()] };
}

/** Whether the same keys have equal items. */
export function equalTargetItems(a: TargetItems<AnyItem>, b: TargetItems<AnyItem>): boolean {
  if (a.length !== b.length) return false;
  const inB = finder(b);
  return a.every(({ id, item }) => {
    const other = inB(id);
    return other !== undefined && equalItems(item, other.item);
  });
}

/** Looks for one of `entries` by its id. */
export function finder<T extends { readonly id: string }>(entries: readonly T[]): (id: string) => T | undefined {
  if (entries.length > 1) {
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    return (id) => byId.get(id);
  }
  const [only] = entries;
  return (id) => (only?.id === id ? only : undefined);
}

/** The target key of a unit, or of its item, where the move keeps keys: the same values, by position. */
export function sameKeyOf(unit: AnyItem, mapping: Pick<Mapping, 'sourceKeys' | 'targetKeys'>): RawItem {
  const { sourceKeys, targetKeys } = mapping;
  const source = keyOf(unit, sourceKeys);
  if (keepsNames(mapping)) return source;
  const key: [string, RawItem[string] | undefined][] = [[targetKeys.partitionKey, source[sourceKeys.partitionKey]]];
  if (targetKeys.sortKey !== undefined && sourceKeys.sortKey !== undefined) {
    key.push([targetKeys.sortKey, source[sourceKeys.sortKey]]);
  }
  return keyOf(Object.fromEntries(key) as RawItem, targetKeys);
}

/** Whether the keys of both tables have the same names, so that one text is the id of a key in either. */
export function keepsNames({ sourceKeys, targetKeys }: Pick<Mapping, 'sourceKeys' | 'targetKeys'>): boolean {
  return sourceKeys.partitionKey === targetKeys.partitionKey && sourceKeys.sortKey === targetKeys.sortKey;
}

function assertDistinct(items: TargetItems<AnyItem>, mapping: Mapping): void {
  const ids = new Set<string>();
  for (const { id, item } of items) {
    if (ids.has(id)) throw invalid(`gives two items with the key \`${formatKey(targetKeyOf(item, mapping))}\``);
    ids.add(id);
  }
}

function assertSameKey(unit: RawItem, items: TargetItems<AnyItem>, mapping: Mapping): void {
  const expected = keyId(keepsNames(mapping) ? unit : sameKeyOf(unit, mapping), mapping.targetKeys);
  for (const { id, item } of items) {
    if (id === expected) continue;
    throw invalid(`changes the key to \`${formatKey(targetKeyOf(item, mapping))}\`, in a move that keeps keys`);
  }
}

function invalid(what: string): MigrateError {
  return new MigrateError('ITEM_INVALID', `the transform ${what}`, {
    fix: 'use `rekey` or `split` where keys change, and give each target item a key of its own',
  });
}

function unitError(thrown: unknown, unit: RawItem): MigrateError {
  const { code, message, fix, cause } = isMigrateError(thrown)
    ? thrown
    : new MigrateError('TRANSFORM_FAILED', `the transform threw: ${messageOf(thrown)}`, { cause: thrown });
  return new MigrateError(code, message, { key: formatKey(unit), fix, cause });
}
