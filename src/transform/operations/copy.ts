import { assertDistinct, assertName } from '../assert-arguments.js';
import type { Operation } from '../operation.js';
import { remove } from './remove.js';

/** Copies an attribute to a name where there is none. An item without the attribute is left alone. */
export function copy(from: string, to: string): Operation {
  assertName('copy', from);
  assertName('copy', to);
  assertDistinct('copy', from, to);
  return {
    kind: 'copy',
    description: `copy ${from} → ${to}`,
    touches: [to],
    inPlaceProblem: undefined,
    inverse: { operation: () => remove(to) },
    apply(draft) {
      const value = draft.get(from);
      if (!draft.has(to) && value !== undefined) draft.set(to, value);
    },
  };
}
