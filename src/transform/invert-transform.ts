import type { Operation } from './operation.js';
import type { Transform } from './transform.js';

/** The transform that takes another one back, or the operation that prevents it and why. */
export type InvertedTransform = { readonly transform: Transform } | { readonly irreversible: string };

/**
 * The inverses of all operations, last first. Exact for every item that does not already have the attributes which
 * the transform creates; the chain's types rule those out.
 */
export function invertTransform(transform: Transform): InvertedTransform {
  const operations: Operation[] = [];
  for (const operation of transform.operations.toReversed()) {
    if ('none' in operation.inverse) return { irreversible: `\`${operation.description}\` ${operation.inverse.none}` };
    operations.push(operation.inverse.operation());
  }
  return { transform: { operations } };
}
