import { createHash } from 'node:crypto';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';

/**
 * A key as text: DynamoDB's own wire JSON, `{"id":{"N":"1"}}`, with sorted names and binary in base64. Numbers stay
 * the decimal strings that they are, and the text can be pasted after `aws dynamodb get-item --key`.
 */
export function encodeRawKey(key: RawItem): string {
  if (isAsWritten(key)) return JSON.stringify(key);
  const members = Object.keys(key)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(wireOf(key[name] as AttributeValue))}`);
  return `{${members.join(',')}}`;
}

/** Keys as one text, a list. */
export function encodeRawKeys(keys: readonly RawItem[]): string {
  return keys.every(isAsWritten) ? JSON.stringify(keys) : `[${keys.map(encodeRawKey).join(',')}]`;
}

/** Whether the names are in their order, and nothing is binary: nearly always so. */
function isAsWritten(key: RawItem): boolean {
  let before: string | undefined;
  for (const name in key) {
    if ((before !== undefined && name < before) || 'B' in (key[name] as AttributeValue)) return false;
    before = name;
  }
  return true;
}

function wireOf(value: AttributeValue): unknown {
  return 'B' in value ? { B: Buffer.from(value.B).toString('base64') } : value;
}

/** The key that {@link encodeRawKey} wrote. */
export function decodeRawKey(text: string): RawItem {
  return JSON.parse(text, (_name, value) =>
    typeof value?.B === 'string' ? { B: Uint8Array.from(Buffer.from(value.B, 'base64')) } : value,
  );
}

/** A short name for a key, the same for the same key: a key itself may be too long for a sort key. */
export function rawKeyDigest(key: RawItem): string {
  return createHash('sha256').update(encodeRawKey(key)).digest('base64url');
}
