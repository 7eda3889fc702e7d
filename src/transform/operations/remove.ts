import { attributeOf } from '../../item/attribute.js';
import { assertName } from '../assert-arguments.js';
import type { ItemOperation } from '../operation.js';

/** Removes an attribute. */
export function remove(name: string): ItemOperation {
  assertName('remove', name);
  return {
    kind: 'remove',
    description: `remove ${name}`,
    touches: [name],
    removes: [name],
    inPlaceProblem: undefined,
    inverse: { none: 'forgets the value' },
    restore: {
      // What the new item has under this name, somebody has put there since; only an old value is worth more.
      put: (draft, old) => {
        const value = old && attributeOf(old.before, name);
        if (value !== undefined) draft.set(name, value);
      },
    },
    apply: (draft) => draft.remove(name),
  };
}
