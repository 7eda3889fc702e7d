import { MigrateError } from '../errors.js';
import { attributeOf, namesOf, setOwn } from './attribute.js';
import type { AnyItem, AttributeValue, KeyNames, RawItem } from './attribute-value.js';
import { bytesText } from './bytes.js';
import { canonicalNumber } from './number.js';

/**
 * The key attributes of an item, partition key first.
 *
 * @throws MigrateError `ITEM_INVALID` if one is missing or is not a string, number or binary value.
 */
export function keyOf(item: AnyItem, names: KeyNames): RawItem {
  const { partitionKey, sortKey } = names;
  const key: Record<string, AttributeValue> = {};
  setOwn(key, partitionKey, keyValue(item, partitionKey));
  if (sortKey !== undefined) setOwn(key, sortKey, keyValue(item, sortKey));
  return key;
}

/** A key for people: `id=42 preferenceType=EMAIL`, binary as base64. */
export function formatKey(key: RawItem): string {
  return Object.entries(key)
    .map(([name, value]) => `${name}=${keyText(value)}`)
    .join(' ');
}

/**
 * A key as one string, for use as the id of a row. Two keys have the same id exactly if DynamoDB calls them the
 * same key: the type is part of it, `1.0` and `1` are one number, and no text can imitate the separator.
 */
export function keyId(key: AnyItem, names: KeyNames): string {
  const { partitionKey, sortKey } = names;
  const first = valueId(keyValue(key, partitionKey));
  return sortKey === undefined ? first : `${first}|${valueId(keyValue(key, sortKey))}`;
}

function valueId(value: AttributeValue): string {
  if ('S' in value) return `S:${escaped(value.S)}`;
  return 'N' in value ? `N:${canonicalNumber(value.N)}` : `${typeOf(value)}:${escaped(keyText(value))}`;
}

function keyValue(item: AnyItem, name: string): AttributeValue {
  const value = attributeOf(item, name);
  if (value === undefined || !('S' in value || 'N' in value || 'B' in value)) {
    const found = value === undefined ? `there is none among ${list(namesOf(item))}` : `its type is ${typeOf(value)}`;
    throw new MigrateError('ITEM_INVALID', `an item has no usable key attribute \`${name}\`: ${found}`, {
      fix: 'a key attribute is a string, a number or binary; check the names of the table’s keys',
    });
  }
  return value;
}

function keyText(value: AttributeValue): string {
  if ('S' in value) return value.S;
  if ('N' in value) return value.N;
  return 'B' in value ? btoa(bytesText(value.B)) : `(${typeOf(value)})`;
}

function typeOf(value: AttributeValue): string {
  return Object.keys(value)[0] ?? 'unknown';
}

function escaped(text: string): string {
  // Called several times for each item, and hardly ever there is anything to replace.
  return text.includes('%') || text.includes('|') ? text.replaceAll('%', '%25').replaceAll('|', '%7C') : text;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no attributes' : names.map((name) => `\`${name}\``).join(', ');
}
