import type { Transform } from './transform.js';

/**
 * The attributes that the transform's operations may write or remove, as far as that can be told without an item.
 * What a `map` does shows only on items.
 */
export function touchedAttributes(transform: Transform): ReadonlySet<string> {
  return new Set(transform.operations.flatMap((operation) => operation.touches));
}
