import { MigrateError } from '../../errors.js';
import { attributeOf } from '../../item/attribute.js';
import { fromJavaScript } from '../../item/from-javascript.js';
import { askItem } from '../ask-item.js';
import { assertOptions } from '../assert-arguments.js';
import { callFunction } from '../call-function.js';
import type { Draft } from '../draft.js';
import { found } from '../found.js';
import { openView } from '../item-view.js';
import type { ItemOperation } from '../operation.js';
import { returnedItem, withoutViews } from '../returned-item.js';

/** What `map` knows about an item beside its function. */
export interface MapOptions {
  /** Whether an item still has to be mapped. Required in place; has to be false for what the function returns. */
  readonly needed?: ((item: never) => boolean) | undefined;
}

/** Replaces the whole item by what a function returns for it. Attributes that are not in the result are removed. */
export function map(fn: (item: never) => object, options: MapOptions = {}): ItemOperation {
  assertOptions('map', options, ['needed']);
  const { needed } = options;
  assertFunction('its function', fn);
  if (needed !== undefined) assertFunction('`needed`', needed);
  const description = fn.name === '' ? 'map' : `map ${fn.name}`;
  const isNeeded = (draft: Draft): boolean => needed === undefined || askItem(`${description} (needed)`, draft, needed);
  return {
    kind: 'map',
    description,
    touches: [],
    removes: [],
    inPlaceProblem:
      needed === undefined
        ? {
            problem: 'does not say which items still need it: give it `{ needed: (item) => … }`',
            fix: 'a run that is resumed meets items that are done already, and has to tell them from the others',
          }
        : undefined,
    inverse: { none: 'is a function, and nobody can invert that for you' },
    restore: { none: 'is a function, and nobody can invert that for you' },
    apply(draft) {
      if (!isNeeded(draft)) return;
      replace(draft, description, fn);
      if (needed !== undefined && isNeeded(draft)) {
        throw new MigrateError('NOT_IDEMPOTENT', `\`${description}\` says that its own result still needs it`, {
          fix: 'let `needed` return false for an item that has been mapped',
        });
      }
    },
  };
}

function replace(draft: Draft, description: string, fn: (item: never) => object): void {
  const view = openView(draft);
  const result: unknown = callFunction(description, () => withoutViews(fn(view.item as never), view));
  // Everything is converted before the first write: the view reads the draft.
  const next = returnedItem(description, result, (name, value) => fromJavaScript(value, draft.get(name), name));
  for (const name of draft.names()) {
    if (attributeOf(next, name) === undefined) draft.remove(name);
  }
  for (const [name, value] of Object.entries(next)) draft.set(name, value);
}

function assertFunction(what: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new MigrateError('MIGRATION_INVALID', `\`map\` was given ${found(value)} for ${what}`, {
    fix: 'give a function: `map((item) => ({ ...item, name: value }), { needed: (item) => … })`',
  });
}
