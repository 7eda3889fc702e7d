import { attributeOf } from '../item/attribute.js';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import { equalValues } from '../item/equal.js';
import { numberText } from '../item/number.js';
import { itemSize } from '../item/size.js';
import { toJavaScript } from '../item/to-javascript.js';
import type { ItemExample } from './migration-plan.js';

/** The longest value that is shown. */
const maxLength = 120;

/** How an item changes, attribute by attribute. Without `values`, only the types and sizes of values are told. */
export function itemExample(key: string, before: RawItem, after: RawItem, values: boolean): ItemExample {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const textOf = (value: AttributeValue | undefined) =>
    value === undefined ? null : values ? shown(value) : described(value);
  const changes = names.flatMap((attribute) => {
    const [old, next] = [attributeOf(before, attribute), attributeOf(after, attribute)];
    if (old !== undefined && next !== undefined && equalValues(old, next)) return [];
    return { attribute, before: textOf(old), after: textOf(next) };
  });
  return { key, changes, unchanged: names.length - changes.length };
}

function shown(value: AttributeValue): string {
  const text = JSON.stringify(plain(toJavaScript(value))) ?? 'null';
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

/** What JSON has no form for, as it is most easily read. */
function plain(value: unknown): unknown {
  if (value instanceof Set) return [...value].map(plain);
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const number = numberText(value);
  if (number !== undefined) return number;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

function described(value: AttributeValue): string {
  const size = itemSize({ '': value });
  return `${Object.keys(value)[0]}, ${size} byte${size === 1 ? '' : 's'}`;
}
