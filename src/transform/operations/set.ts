import { MigrateError } from '../../errors.js';
import { assertName } from '../assert-arguments.js';
import type { ItemOperation } from '../operation.js';
import { takeOld } from '../restore-attribute.js';
import { valueSource } from '../value-source.js';

/** Sets an attribute whether or not it is there, to a value or to what a function of the item returns. */
export function set(name: string, value: unknown): ItemOperation {
  assertName('set', name);
  const description = `set ${name}`;
  const source = valueSource(description, name, value);
  return {
    kind: 'set',
    description,
    touches: [name],
    removes: [],
    inPlaceProblem: undefined,
    inverse: { none: 'overwrites the old value, which nothing remembers' },
    restore: { put: (draft, old) => takeOld(draft, name, old) },
    apply(draft) {
      const value = source(draft);
      if (value === undefined) {
        throw new MigrateError('ITEM_INVALID', `\`${description}\` was given \`undefined\` by its function`, {
          fix: 'return a value for every item; use `add` where leaving an attribute out is meant, `remove` to drop one',
        });
      }
      draft.set(name, value);
    },
  };
}
