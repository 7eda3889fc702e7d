import { attributeOf } from '../item/attribute.js';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import { fromJavaScript } from '../item/from-javascript.js';
import { callFunction } from './call-function.js';
import { createDraft } from './draft.js';
import { openView } from './item-view.js';
import { returnedItem, withoutViews } from './returned-item.js';

/** `down` of a move as a migration writes it. It sees plain values; both items are read-only. */
export type DownFunction = (item: never, old: never) => unknown;

/**
 * Calls `down` of a move for one item.
 *
 * @throws MigrateError `TRANSFORM_FAILED`, `TRANSFORM_ASYNC` or `ITEM_INVALID`.
 */
export function callDown(down: DownFunction, item: RawItem, old: RawItem | undefined): RawItem {
  const view = openView(createDraft(item));
  const oldView = old && openView(createDraft(old));
  const result = callFunction('down', () =>
    withoutViews(down(view.item as never, oldView?.item as never), view, oldView),
  );
  return returnedItem('down', result, (name, value) => stored(name, value, item, old));
}

/** What equals the old value keeps the old spelling (`1.0`), and then that of the new one. */
function stored(name: string, value: unknown, item: RawItem, old: RawItem | undefined): AttributeValue {
  const oldValue = old && attributeOf(old, name);
  const raw = fromJavaScript(value, oldValue, name);
  return raw === oldValue ? raw : fromJavaScript(value, attributeOf(item, name), name);
}
