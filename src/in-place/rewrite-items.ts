import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ChangeWriter } from '../dynamodb/change-writer.js';
import type { ItemChange } from '../dynamodb/item-change.js';
import { readItems } from '../dynamodb/read-items.js';
import { backoff } from '../dynamodb/retry.js';
import { isMigrateError, MigrateError } from '../errors.js';
import type { AnyItem, RawItem } from '../item/attribute-value.js';
import { formatKey, keyOf } from '../item/key.js';
import { planChange, type Rewrite } from './plan-change.js';

/** An item that could not be rewritten, and why. */
export interface ItemFailure {
  readonly key: RawItem;
  readonly error: MigrateError;
}

export interface RewriteItemsOptions {
  readonly rewrite: Rewrite;
  readonly client: DynamoDBClient;
  readonly write: ChangeWriter;
  readonly onRead: (readUnits: number) => void;
  /** Called for items that turn out to be done: by a write of our own whose answer was lost. */
  readonly onFoundDone: (items: number) => void;
  /** Called with the items that failed before anything of the page is written; throws to stop the run. */
  readonly onFailures: (failures: readonly ItemFailure[]) => Promise<void>;
}

/** How often a change that lost its race is made anew from the item as it is now. */
const maxRounds = 10;

/**
 * Brings items, as they were read, to their new form. An item that somebody else changed meanwhile is read
 * again, consistently, and planned again; one that was deleted meanwhile is done.
 */
export async function rewriteItems(items: readonly AnyItem[], options: RewriteItemsOptions): Promise<void> {
  const { rewrite, client, write, onRead, onFoundDone, onFailures } = options;
  let open: readonly AnyItem[] = items;
  for (let round = 1; open.length > 0; round++) {
    const { changes, failures } = planChanges(open, rewrite);
    // Lost, and yet in the new form: it was our own write, and its answer that was lost.
    if (round > 1) onFoundDone(open.length - changes.length - failures.length);
    if (failures.length > 0) await onFailures(failures);
    if (changes.length === 0) break;

    const outcomes = await write(changes);
    const lost: ItemChange[] = [];
    const refused: ItemFailure[] = [];
    changes.forEach((change, index) => {
      const outcome = outcomes[index];
      if (outcome === 'lost' || outcome === undefined) lost.push(change);
      else if (outcome !== 'written') refused.push({ key: change.key, error: outcome });
    });
    if (refused.length > 0) await onFailures(refused);
    if (lost.length === 0) break;
    if (round === maxRounds) {
      await onFailures(lost.map(contended));
      break;
    }
    if (round > 1) await backoff(round);
    open = await readItems({ client, tableName: rewrite.tableName, keys: lost.map((change) => change.key), onRead });
  }
}

/** Plans every item; what throws is a failure of that item, and an invalid migration ends the run at once. */
export function planChanges(
  items: readonly AnyItem[],
  rewrite: Rewrite,
): { readonly changes: ItemChange[]; readonly failures: ItemFailure[] } {
  const changes: ItemChange[] = [];
  const failures: ItemFailure[] = [];
  for (const item of items) {
    try {
      const change = planChange(rewrite, item);
      if (change) changes.push(change);
    } catch (thrown) {
      const key = keyOf(item, rewrite.keyNames);
      const error = itemError(thrown, key);
      if (error.exitCode === 4) throw error;
      failures.push({ key, error });
    }
  }
  return { changes, failures };
}

function itemError(thrown: unknown, key: RawItem): MigrateError {
  const error = isMigrateError(thrown)
    ? thrown
    : new MigrateError('INTERNAL', `unexpected: ${String(thrown)}`, { cause: thrown });
  const { message, fix, cause } = error;
  return new MigrateError(error.code, message, { key: formatKey(key), fix, cause });
}

function contended({ key }: ItemChange): ItemFailure {
  return {
    key,
    error: new MigrateError('ITEM_CONTENDED', `the item changed under each of ${maxRounds} attempts to rewrite it`, {
      key: formatKey(key),
      fix: 'run the same command again when its writers are calmer',
    }),
  };
}
