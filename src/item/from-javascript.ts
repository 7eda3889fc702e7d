import { MigrateError } from '../errors.js';
import { attributeOf, setOwn } from './attribute.js';
import type { AttributeValue } from './attribute-value.js';
import { equalBytes } from './bytes.js';
import { fromSet } from './from-set.js';
import { equalNumbers, isStorableNumber, numberText } from './number.js';

/** DynamoDB nests lists and maps 32 levels deep; the limit also ends a structure that contains itself. */
const maxDepth = 32;

/**
 * A plain JavaScript value as DynamoDB stores it; the counterpart of `toJavaScript`, which says what becomes what.
 * Beyond that a `bigint` and the SDK's `NumberValue` are taken, and members of an object that are `undefined` are
 * left out.
 *
 * Wherever the value equals `original`, at any depth, that part of `original` is returned itself: what was not
 * changed keeps its exact form (`1.0`, the order of a set), and an unchanged value is the same reference.
 *
 * @param path The value's name in errors: `prefs.list[2]`.
 * @throws MigrateError `ITEM_INVALID` for anything that DynamoDB cannot store: `undefined`, `NaN`, a number out of
 * range, an empty or mixed set, an instance of a class.
 */
export function fromJavaScript(value: unknown, original?: AttributeValue, path = 'value'): AttributeValue {
  return convert(value, original, path, 0);
}

function convert(value: unknown, original: AttributeValue | undefined, path: string, depth: number): AttributeValue {
  switch (typeof value) {
    case 'string':
      return original !== undefined && 'S' in original && original.S === value ? original : { S: value };
    case 'number':
    case 'bigint':
      return fromNumber(String(value), original, path);
    case 'boolean':
      return original !== undefined && 'BOOL' in original && original.BOOL === value ? original : { BOOL: value };
    case 'object':
      if (value === null) return original !== undefined && 'NULL' in original ? original : { NULL: true };
      return fromObject(value, original, path, depth);
    default:
      throw unstorable(path, typeof value === 'undefined' ? '`undefined`' : `a ${typeof value}`);
  }
}

function fromObject(value: object, original: AttributeValue | undefined, path: string, depth: number): AttributeValue {
  if (depth > maxDepth) throw unstorable(path.slice(0, 60), `a value nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return fromArray(value, original, path, depth);
  if (value instanceof Uint8Array) {
    return original !== undefined && 'B' in original && equalBytes(original.B, value)
      ? original
      : { B: new Uint8Array(value) };
  }
  if (value instanceof Set) return fromSet(value, original, path);
  if (isPlain(value)) return fromPlain(value, original, path, depth);
  const text = numberText(value);
  if (text !== undefined) return fromNumber(text, original, path);
  throw unstorable(path, `an instance of \`${value.constructor?.name ?? 'an unnamed class'}\``);
}

function fromNumber(text: string, original: AttributeValue | undefined, path: string): AttributeValue {
  if (!isStorableNumber(text)) throw unstorable(path, `the number \`${text}\``);
  return original !== undefined && 'N' in original && equalNumbers(original.N, text) ? original : { N: text };
}

function fromArray(
  value: readonly unknown[],
  original: AttributeValue | undefined,
  path: string,
  depth: number,
): AttributeValue {
  const old = original !== undefined && 'L' in original ? original.L : undefined;
  // `Array.from` visits holes as well, which then are refused as `undefined`.
  const elements = Array.from(value, (element, index) =>
    convert(element, old?.[index], `${path}[${index}]`, depth + 1),
  );
  const same = old !== undefined && old.length === elements.length && elements.every((e, index) => e === old[index]);
  return same && original !== undefined ? original : { L: elements };
}

function fromPlain(value: object, original: AttributeValue | undefined, path: string, depth: number): AttributeValue {
  const old = original !== undefined && 'M' in original ? original.M : undefined;
  const members: Record<string, AttributeValue> = {};
  let count = 0;
  let same = old !== undefined;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const oldMember = old === undefined ? undefined : attributeOf(old, name);
    const converted = convert(member, oldMember, `${path}.${name}`, depth + 1);
    if (converted !== oldMember) same = false;
    setOwn(members, name, converted);
    count += 1;
  }
  if (same && old !== undefined && original !== undefined && Object.keys(old).length === count) return original;
  return { M: members };
}

/** Whether an object is a literal: of no class, in this realm or another. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unstorable(path: string, found: string): MigrateError {
  return new MigrateError('ITEM_INVALID', `\`${path}\` is ${found}, which DynamoDB cannot store`, {
    fix: 'use a string, number, bigint, boolean, null, Uint8Array, array, plain object, or a Set of one of string, number, Uint8Array; leave an attribute out to remove it',
  });
}
