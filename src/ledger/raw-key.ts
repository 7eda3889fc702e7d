import { createHash } from 'node:crypto';
import type { RawItem } from '../item/attribute-value.js';

/**
 * A key as text: DynamoDB's own wire JSON, `{"id":{"N":"1"}}`, with sorted names and binary in base64. Numbers stay
 * the decimal strings that they are, and the text can be pasted after `aws dynamodb get-item --key`.
 */
export function encodeRawKey(key: RawItem): string {
  const names = Object.keys(key);
  if (names.length > 1) names.sort();
  let text = '';
  for (const name of names) {
    const value = key[name];
    if (value === undefined) continue;
    const wire = 'B' in value ? { B: Buffer.from(value.B).toString('base64') } : value;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(wire)}`;
  }
  return `{${text}}`;
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
