import { MigrateError } from '../errors.js';
import type { AnyItem, KeyNames, RawItem } from '../item/attribute-value.js';
import { keyId, keyOf } from '../item/key.js';
import type { ItemFailure } from './rewrite-items.js';

/** Where failed items are kept. */
export interface QuarantineStore {
  put(failure: ItemFailure): Promise<void>;
  remove(key: RawItem): Promise<void>;
  keys(): AsyncIterable<RawItem>;
}

/** The items of a run that failed: kept in quarantine, counted once each, and too many of them end the run. */
export interface ItemErrors {
  /** How many items are in quarantine now. */
  count(): number;
  /** @throws MigrateError when there are more than allowed: the item's own error where none is. */
  record(failures: readonly ItemFailure[]): Promise<void>;
  /** Takes out of quarantine whichever of these items were in it, but those that failed again (by key id). */
  resolve(items: readonly AnyItem[], failed: ReadonlySet<string>): Promise<void>;
}

export async function createItemErrors(options: {
  readonly store: QuarantineStore;
  readonly keyNames: KeyNames;
  readonly maxItemErrors: number;
}): Promise<ItemErrors> {
  const { store, keyNames, maxItemErrors } = options;
  const known = new Set<string>();
  for await (const key of store.keys()) known.add(keyId(key, keyNames));

  return {
    count: () => known.size,
    async record(failures) {
      for (const failure of failures) {
        await store.put(failure);
        known.add(keyId(failure.key, keyNames));
        if (known.size > maxItemErrors) throw tooManyErrors(known.size, failure, maxItemErrors);
      }
    },
    async resolve(items, failed) {
      if (known.size === 0) return;
      for (const item of items) {
        const id = keyId(item, keyNames);
        if (!failed.has(id) && known.delete(id)) await store.remove(keyOf(item, keyNames));
      }
    },
  };
}

/**
 * What ends a run when `count` items have failed, more than allowed: the item's own error where none is.
 *
 * @param stored whether they are in quarantine, or only failed in the sample before the first write.
 */
export function tooManyErrors(
  count: number,
  { error }: ItemFailure,
  maxItemErrors: number,
  stored = true,
): MigrateError {
  if (maxItemErrors === 0) return error;
  return new MigrateError(
    'TOO_MANY_ITEM_ERRORS',
    `${count} items failed, one of them with ${error.code}: ${error.message}`,
    {
      key: error.key,
      cause: error,
      fix: stored
        ? 'look at them with `migrate errors <id>`; allow more with --max-item-errors'
        : `nothing was written; mend the transform, or allow more than ${maxItemErrors} with --max-item-errors`,
    },
  );
}
