import type { RawItem } from '../item/attribute-value.js';
import type { Intent } from '../reconcile/ports.js';
import { decodeRawKey, encodeRawKey, encodeRawKeys } from './raw-key.js';

/** How much text one row takes: DynamoDB's limit is 400 KB, and the row's other attributes need some of it. */
export const MAX_TEXT_BYTES = 390 * 1024;

/** Intents as text: an array with `unit` where its only target key is the same key, else `[unit, key, key …]`. */
export function encodeIntents(intents: readonly Intent[]): string {
  return listOf(intents.map(encodeIntent));
}

/** The intents that {@link encodeIntents} wrote. */
export function decodeIntents(text: string): Intent[] {
  // Units and keys are keys wherever they stand, and so are revived like one.
  const entries = decodeRawKey(text) as unknown as readonly (RawItem | readonly RawItem[])[];
  return entries.map((entry) => {
    if (!isList(entry)) return { unit: entry, keys: [entry] };
    const [unit = {}, ...keys] = entry;
    return { unit, keys };
  });
}

/** The same, cut into texts that each fit into a row; none where there are no intents. */
export function cutIntents(intents: readonly Intent[], maxBytes = MAX_TEXT_BYTES): string[] {
  // Most pages have one key a unit, and fit into a row: a text of all of them is made in a fraction of the time.
  const whole = intents.every(isOneKey) ? encodeRawKeys(intents.map(({ unit }) => unit)) : undefined;
  if (whole !== undefined && Buffer.byteLength(whole) <= maxBytes) return intents.length === 0 ? [] : [whole];
  const texts: string[] = [];
  let batch: string[] = [];
  let bytes = BRACKETS;
  for (const piece of intents.flatMap((intent) => piecesOf(intent, maxBytes))) {
    const more = Buffer.byteLength(piece) + 1;
    if (batch.length > 0 && bytes + more > maxBytes) {
      texts.push(listOf(batch));
      batch = [];
      bytes = BRACKETS;
    }
    batch.push(piece);
    bytes += more;
  }
  return batch.length > 0 ? [...texts, listOf(batch)] : texts;
}

/** The keys that {@link encodeRawKeys} wrote. */
export function decodeKeys(text: string): RawItem[] {
  return decodeRawKey(text) as unknown as RawItem[];
}

const BRACKETS = 2;

/** A unit with very many keys becomes several intents, which together say the same. */
function piecesOf(intent: Intent, maxBytes: number): string[] {
  const text = encodeIntent(intent);
  const { unit, keys } = intent;
  if (keys.length < 2 || Buffer.byteLength(text) + BRACKETS <= maxBytes) return [text];
  const middle = Math.ceil(keys.length / 2);
  const halves = [keys.slice(0, middle), keys.slice(middle)];
  return halves.flatMap((half) => piecesOf({ unit, keys: half }, maxBytes));
}

/** A unit whose only target key is the same key. */
function isOneKey({ unit, keys }: Intent): boolean {
  return keys.length === 1 && keys[0] === unit;
}

function encodeIntent(intent: Intent): string {
  const { unit, keys } = intent;
  const text = encodeRawKey(unit);
  if (isOneKey(intent)) return text;
  const texts = keys.map(encodeRawKey);
  return texts.length === 1 && texts[0] === text ? text : listOf([text, ...texts]);
}

function listOf(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

function isList(entry: RawItem | readonly RawItem[]): entry is readonly RawItem[] {
  return Array.isArray(entry);
}
