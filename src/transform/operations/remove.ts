import { assertName } from '../assert-arguments.js';
import type { Operation } from '../operation.js';

/** Removes an attribute. */
export function remove(name: string): Operation {
  assertName('remove', name);
  return {
    kind: 'remove',
    description: `remove ${name}`,
    touches: [name],
    inPlaceProblem: undefined,
    inverse: { none: 'forgets the value' },
    apply: (draft) => draft.remove(name),
  };
}
