import type { AnyItem, RawItem } from '../item/attribute-value.js';
import { createDraft, type Draft } from './draft.js';
import type { Operation } from './operation.js';
import type { Transform } from './transform.js';

/**
 * What a move makes of one item, which is not modified: one item, unless a `filter` leaves it out or a `split` makes
 * several.
 *
 * @throws MigrateError like `applyTransform`.
 */
export function spreadItem<T extends AnyItem>({ operations }: Transform, item: T): readonly (T | RawItem)[] {
  return run(operations, 0, createDraft(item));
}

function run<T extends AnyItem>(
  operations: readonly Operation[],
  start: number,
  draft: Draft<T>,
): readonly (T | RawItem)[] {
  for (let index = start; index < operations.length; index += 1) {
    const operation = operations[index];
    if (operation === undefined) break;
    if ('spread' in operation) {
      return operation.spread(draft).flatMap((one) => run(operations, index + 1, createDraft(one)));
    }
    operation.apply(draft);
  }
  return [draft.toItem()];
}
