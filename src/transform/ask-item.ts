import { callFunction } from './call-function.js';
import type { Draft } from './draft.js';
import { openView } from './item-view.js';
import { assertUnmodified } from './value-source.js';

/** Asks a function of the migration a yes-or-no question about an item. */
export function askItem(operation: string, draft: Draft, question: (item: never) => unknown): boolean {
  const view = openView(draft);
  const answer = callFunction(operation, () => question(view.item as never));
  assertUnmodified(operation, view.modified());
  return Boolean(answer);
}
