import type { RawItem } from '../item/attribute-value.js';
import { itemSize } from '../item/size.js';
import type { Intent, Obligation } from './ports.js';

/** Bytes of keys in one obligation. Half of what an item holds: a row encodes keys, and has more than them. */
const maxKeyBytes = 200 * 1024;

/** Quotes, braces and the type around an attribute of a stored key. */
const syntaxBytes = 16;

/** The obligation to reconcile units once more, cut so that each row fits into an item. One unit is never cut. */
export function reconcileObligations(
  intents: readonly Intent[],
  inFlight: boolean,
): Extract<Obligation, { kind: 'reconcile' }>[] {
  const groups: Intent[][] = [];
  let bytes = 0;
  for (const intent of intents) {
    const size = sizeOf(intent);
    const group = groups.at(-1);
    if (group && bytes + size <= maxKeyBytes) {
      group.push(intent);
      bytes += size;
    } else {
      groups.push([intent]);
      bytes = size;
    }
  }
  return groups.map((group) => ({ kind: 'reconcile', intents: group, inFlight }));
}

function sizeOf({ unit, keys }: Intent): number {
  return [unit, ...keys].reduce(
    (total: number, key: RawItem) => total + itemSize(key) + syntaxBytes * Object.keys(key).length,
    0,
  );
}
