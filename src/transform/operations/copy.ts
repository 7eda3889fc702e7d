import { assertDistinct, assertName } from '../assert-arguments.js';
import type { ItemOperation } from '../operation.js';
import { keepIfOld } from '../restore-attribute.js';
import { remove } from './remove.js';

/** Copies an attribute to a name where there is none. An item without the attribute is left alone. */
export function copy(from: string, to: string): ItemOperation {
  assertName('copy', from);
  assertName('copy', to);
  assertDistinct('copy', from, to);
  return {
    kind: 'copy',
    description: `copy ${from} → ${to}`,
    touches: [to],
    removes: [],
    inPlaceProblem: undefined,
    inverse: { operation: () => remove(to) },
    restore: { put: (draft, old) => keepIfOld(draft, to, old) },
    apply(draft) {
      const value = draft.get(from);
      if (!draft.has(to) && value !== undefined) draft.set(to, value);
    },
  };
}
