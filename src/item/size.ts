import { type AnyItem, type AttributeValue, isText, type RawItem } from './attribute-value.js';
import { significantDigits } from './number.js';

/** The largest item that DynamoDB stores, names and values together: 400 KB. */
export const maxItemSize = 400 * 1024;

/**
 * The size of an item in bytes, by the rules under "DynamoDB item sizes and formats" in AWS's developer guide.
 * AWS calls its own rule for numbers approximate, so take the result as within a few bytes a number.
 */
export function itemSize(item: RawItem): number {
  let size = 0;
  for (const name of Object.keys(item)) size += nameLength(name) + valueSize(item[name] as AttributeValue);
  return size;
}

/** The size of an item that DynamoDB does not store; `undefined` for one that it does. Most are far from the limit. */
export function oversize(item: AnyItem): number | undefined {
  if (isText(item)) return item.maxBytes <= maxItemSize ? undefined : oversize(item.toItem());
  // A character has three bytes in UTF-8 at most, and what a value takes besides is less than what is counted for it.
  if (3 * textLength(item) <= maxItemSize) return undefined;
  const size = itemSize(item);
  return size > maxItemSize ? size : undefined;
}

/**
 * About as many characters as an item, or a part of it, has as JSON: what is quick to count, to tell small from large.
 * Every item is counted, so what it is made of is told by what it is, and not by asking for one type after the other.
 */
export function textLength(part: unknown): number {
  if (typeof part === 'string') return syntaxLength + part.length;
  if (Array.isArray(part)) return sum(part, textLength);
  if (typeof part !== 'object') return syntaxLength;
  if (part instanceof Uint8Array) return syntaxLength + 2 * part.byteLength;
  let length = 0;
  for (const name in part) length += name.length + textLength((part as Readonly<Record<string, unknown>>)[name]);
  return length;
}

/** Of `"":{"N":""},`, which every value has around it. */
const syntaxLength = 12;

const containerOverhead = 3;
const elementOverhead = 1;

function valueSize(value: AttributeValue): number {
  if ('S' in value) return utf8Length(value.S);
  if ('N' in value) return numberSize(value.N);
  if ('B' in value) return value.B.byteLength;
  if ('M' in value) {
    return containerOverhead + elementOverhead * Object.keys(value.M).length + itemSize(value.M);
  }
  if ('L' in value) return containerOverhead + sum(value.L, (element) => elementOverhead + valueSize(element));
  if ('SS' in value) return sum(value.SS, utf8Length);
  if ('NS' in value) return sum(value.NS, numberSize);
  if ('BS' in value) return sum(value.BS, (bytes) => bytes.byteLength);
  return 1;
}

/** A byte for two significant digits and one for the exponent; a negative number takes one more. At most 21. */
function numberSize(text: string): number {
  const digits = significantDigits(text);
  return 1 + Math.ceil(digits / 2) + (digits > 0 && text.startsWith('-') ? 1 : 0);
}

function sum<T>(values: readonly T[], size: (value: T) => number): number {
  let total = 0;
  for (const value of values) total += size(value);
  return total;
}

/** The same few names come in every item. */
const nameLengths = new Map<string, number>();
const mostNames = 1_000;

function nameLength(name: string): number {
  const known = nameLengths.get(name);
  if (known !== undefined) return known;
  const length = utf8Length(name);
  // Attribute names may be data too, the members of a map say: those are not worth remembering.
  if (nameLengths.size < mostNames) nameLengths.set(name, length);
  return length;
}

function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}
