import type { Transform } from './transform.js';

/** A transform in one line: `rename prefVal → preferenceValue, add channel`. */
export function describeTransform(transform: Transform): string {
  return transform.operations.map((operation) => operation.description).join(', ');
}
