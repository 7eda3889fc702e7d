import { attributeOf } from '../item/attribute.js';
import type { RawItem } from '../item/attribute-value.js';
import { equalValues } from '../item/equal.js';

/** The names of the attributes that only one of two items has, or that have different values in them; sorted. */
export function differingAttributes(a: RawItem, b: RawItem): readonly string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names]
    .filter((name) => {
      const [left, right] = [attributeOf(a, name), attributeOf(b, name)];
      return left === undefined || right === undefined || !equalValues(left, right);
    })
    .sort();
}
