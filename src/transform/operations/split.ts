import { MigrateError } from '../../errors.js';
import type { RawItem } from '../../item/attribute-value.js';
import { fromJavaScript } from '../../item/from-javascript.js';
import { callFunction } from '../call-function.js';
import type { Draft } from '../draft.js';
import { found } from '../found.js';
import { openView } from '../item-view.js';
import { onlyInMoves } from '../only-in-moves.js';
import type { SpreadOperation } from '../operation.js';
import { returnedItem, withoutViews } from '../returned-item.js';
import { assertTargetKey, targetKey } from '../target-key.js';

/** Makes several items of an item, or none: those that a function returns. Only in moves, as the last operation. */
export function split(fn: (item: never) => unknown, options: unknown): SpreadOperation {
  if (typeof fn !== 'function') {
    throw new MigrateError('MIGRATION_INVALID', `\`split\` was given ${found(fn)} for its function`, {
      fix: "give a function that returns the new items: `split((item) => [{ … }, { … }], { partitionKey: { name: 'id', type: 'S' } })`",
    });
  }
  const key = targetKey('split', options);
  const description = fn.name === '' ? 'split' : `split ${fn.name}`;
  return {
    kind: 'split',
    description,
    touches: [],
    removes: [],
    inPlaceProblem: onlyInMoves('in place, an item stays one item'),
    inverse: { none: 'makes several items of one' },
    restore: { none: 'makes several items of one, and a move that does cannot be followed backwards' },
    targetKey: key,
    spread: (draft) => {
      const items = itemsOf(description, draft, fn);
      for (const item of items) assertTargetKey(description, key, item);
      return items;
    },
  };
}

function itemsOf(description: string, draft: Draft, fn: (item: never) => unknown): RawItem[] {
  const view = openView(draft);
  const results = callFunction(description, () => {
    const returned = fn(view.item as never);
    // `Array.from` visits holes as well, which then are refused as `undefined`.
    return Array.isArray(returned) ? Array.from(returned, (one: unknown) => withoutViews(one, view)) : returned;
  });
  if (!Array.isArray(results)) {
    throw new MigrateError(
      'ITEM_INVALID',
      `\`${description}\` returned ${found(results)} instead of an array of items`,
      {
        fix: 'return an array of plain objects, an empty one to leave the item out',
      },
    );
  }
  return results.map((result: unknown) =>
    returnedItem(description, result, (name, value) => fromJavaScript(value, draft.get(name), name)),
  );
}
