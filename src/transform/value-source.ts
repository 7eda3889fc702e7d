import { MigrateError, messageOf } from '../errors.js';
import type { AttributeValue } from '../item/attribute-value.js';
import { fromJavaScript } from '../item/from-javascript.js';
import { callFunction } from './call-function.js';
import type { Draft } from './draft.js';
import { openView } from './item-view.js';

/** Gives the value for an attribute of an item, `undefined` for none. */
export type ValueSource = (draft: Draft) => AttributeValue | undefined;

/**
 * Reads the `value` argument of `add` and `set`: a constant, converted once, or a function of the item.
 *
 * @throws MigrateError `MIGRATION_INVALID` if a constant cannot be stored.
 */
export function valueSource(operation: string, name: string, value: unknown): ValueSource {
  if (typeof value !== 'function') {
    const constant = constantValue(operation, name, value);
    return () => constant;
  }
  return (draft) => {
    const view = openView(draft);
    const result: unknown = callFunction(operation, () => value(view.item));
    assertUnmodified(operation, view.modified());
    return result === undefined ? undefined : fromJavaScript(result, draft.get(name), name);
  };
}

/** Refuses a function that only returns a value, and yet changed a list, map or set of its item: that would be lost. */
export function assertUnmodified(operation: string, modified: string | undefined): void {
  if (modified === undefined) return;
  throw new MigrateError(
    'TRANSFORM_FAILED',
    `\`${operation}\` modified \`${modified}\` of the item that it was given`,
    {
      fix: 'copy what you change, `[...list]` or `{ ...map }`: only what the function returns counts',
    },
  );
}

function constantValue(operation: string, name: string, value: unknown): AttributeValue {
  try {
    return fromJavaScript(value, undefined, name);
  } catch (error) {
    throw new MigrateError('MIGRATION_INVALID', `the value of \`${operation}\` cannot be stored: ${messageOf(error)}`, {
      cause: error,
      fix: 'give a value that DynamoDB can store, or a function of the item that returns one',
    });
  }
}
