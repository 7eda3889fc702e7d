import { MigrateError } from '../../errors.js';
import { fromJavaScript, isPlain } from '../../item/from-javascript.js';
import { assertOptions } from '../assert-arguments.js';
import { callFunction } from '../call-function.js';
import type { Draft } from '../draft.js';
import { found } from '../found.js';
import { openView } from '../item-view.js';
import type { Operation } from '../operation.js';
import { assertUnmodified } from '../value-source.js';

/** What `map` knows about an item beside its function. */
export interface MapOptions {
  /** Whether an item still has to be mapped. Required in place; has to be false for what the function returns. */
  readonly needed?: ((item: never) => boolean) | undefined;
}

/** Replaces the whole item by what a function returns for it. Attributes that are not in the result are removed. */
export function map(fn: (item: never) => object, options: MapOptions = {}): Operation {
  assertOptions('map', options, ['needed']);
  const { needed } = options;
  assertFunction('its function', fn);
  if (needed !== undefined) assertFunction('`needed`', needed);
  const description = fn.name === '' ? 'map' : `map ${fn.name}`;
  const isNeeded = (draft: Draft): boolean => {
    if (needed === undefined) return true;
    const view = openView(draft);
    const answer = callFunction(`${description} (needed)`, () => needed(view.item as never));
    assertUnmodified(`${description} (needed)`, view.modified());
    return Boolean(answer);
  };
  return {
    kind: 'map',
    description,
    touches: [],
    inPlaceProblem:
      needed === undefined ? 'does not say which items still need it: give it `{ needed: (item) => … }`' : undefined,
    inverse: { none: 'is a function, and nobody can invert that for you' },
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
  const result: unknown = callFunction(description, () => {
    const returned: unknown = fn(view.item as never);
    // The view itself stands for its attributes, some of which may be lists that were modified.
    return returned === view.item ? { ...view.item } : returned;
  });
  assertItem(description, result);
  const next = Object.entries(result).filter(([, value]) => value !== undefined);
  // Convert everything before the first write: the view reads the draft.
  const values = next.map(([name, value]) => [name, fromJavaScript(value, draft.get(name), name)] as const);
  const names = new Set(next.map(([name]) => name));
  for (const name of draft.names()) {
    if (!names.has(name)) draft.remove(name);
  }
  for (const [name, value] of values) draft.set(name, value);
}

function assertItem(description: string, result: unknown): asserts result is Record<string, unknown> {
  const isItem = typeof result === 'object' && result !== null && isPlain(result);
  if (isItem && !Object.hasOwn(result, '')) return;
  const isInstance = found(result) === 'an object';
  const what = isItem ? 'an attribute without a name' : isInstance ? 'an instance of a class' : found(result);
  throw new MigrateError('ITEM_INVALID', `\`${description}\` returned ${what} instead of an item`, {
    fix: 'return the whole new item as a plain object: `(item) => ({ ...item, name: value })`',
  });
}

function assertFunction(what: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new MigrateError('MIGRATION_INVALID', `\`map\` was given ${found(value)} for ${what}`, {
    fix: 'give a function: `map((item) => ({ ...item, name: value }), { needed: (item) => … })`',
  });
}
