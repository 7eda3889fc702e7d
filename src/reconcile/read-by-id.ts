import type { KeyNames, RawItem } from '../item/attribute-value.js';
import { keyId } from '../item/key.js';
import type { ReadItems } from './ports.js';

/** Reads items by their keys, each key once however often it is given; answers them by the id of their key. */
export async function readById(
  read: ReadItems,
  keys: readonly RawItem[],
  names: KeyNames,
): Promise<ReadonlyMap<string, RawItem>> {
  const distinct = [...new Map(keys.map((key) => [keyId(key, names), key])).values()];
  const items = distinct.length === 0 ? [] : await read(distinct);
  return new Map(items.map((item) => [keyId(item, names), item]));
}
