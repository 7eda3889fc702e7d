import { MigrateError } from '../errors.js';
import { setOwn } from '../item/attribute.js';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import { isPlain } from '../item/from-javascript.js';
import { found } from './found.js';
import type { ItemView } from './item-view.js';

/**
 * The whole item that a function of the migration returned, as it is stored. Attributes that are `undefined` are left
 * out.
 *
 * @param operation What to name in errors: `map splitName`.
 * @param convert From the name and the plain value of an attribute to what is stored; see `fromJavaScript`.
 * @throws MigrateError `ITEM_INVALID` if it is not a plain object, or has a value that DynamoDB cannot store.
 */
export function returnedItem(
  operation: string,
  result: unknown,
  convert: (name: string, value: unknown) => AttributeValue,
): RawItem {
  assertItem(operation, result);
  const item: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(result)) {
    if (value !== undefined) setOwn(item, name, convert(name, value));
  }
  return item;
}

/** What a function returned; a view stands for its attributes, some of which may be lists that were modified. */
export function withoutViews(returned: unknown, ...views: readonly (ItemView | undefined)[]): unknown {
  const view = views.find((one) => one !== undefined && one.item === returned);
  return view === undefined ? returned : { ...view.item };
}

function assertItem(operation: string, result: unknown): asserts result is Record<string, unknown> {
  const isItem = typeof result === 'object' && result !== null && isPlain(result);
  if (isItem && !Object.hasOwn(result, '')) return;
  const isInstance = found(result) === 'an object';
  const what = isItem ? 'an attribute without a name' : isInstance ? 'an instance of a class' : found(result);
  throw new MigrateError('ITEM_INVALID', `\`${operation}\` returned ${what} instead of an item`, {
    fix: 'return the whole new item as a plain object: `(item) => ({ ...item, name: value })`',
  });
}
