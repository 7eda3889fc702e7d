import { assertName } from '../assert-arguments.js';
import type { ItemOperation } from '../operation.js';
import { keepIfOld } from '../restore-attribute.js';
import { valueSource } from '../value-source.js';
import { remove } from './remove.js';

/** Sets an attribute where there is none, to a value or to what a function of the item returns. */
export function add(name: string, value: unknown): ItemOperation {
  assertName('add', name);
  const description = `add ${name}`;
  const source = valueSource(description, name, value);
  return {
    kind: 'add',
    description,
    touches: [name],
    removes: [],
    inPlaceProblem: undefined,
    inverse: { operation: () => remove(name) },
    restore: { put: (draft, old) => keepIfOld(draft, name, old) },
    apply(draft) {
      if (draft.has(name)) return;
      const added = source(draft);
      if (added !== undefined) draft.set(name, added);
    },
  };
}
