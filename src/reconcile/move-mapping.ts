import type { AnyItem, KeyNames, RawItem } from '../item/attribute-value.js';
import type { Mapping } from './mapping.js';
import { naturalOwner } from './owner.js';

/** What a mapping needs to know of a move. */
export interface MoveForm {
  readonly apply: <T extends AnyItem>(item: T) => readonly (T | RawItem)[];
  /** From source key attribute to the attribute of target items that keeps it; given where keys change. */
  readonly rekeyed: { readonly source: Readonly<Record<string, string>> } | undefined;
}

/** The mapping of a move between two tables. */
export function moveMapping({ apply, rekeyed }: MoveForm, sourceKeys: KeyNames, targetKeys: KeyNames): Mapping {
  return { up: apply, sourceKeys, targetKeys, ...(rekeyed && { owner: naturalOwner(sourceKeys, rekeyed.source) }) };
}
