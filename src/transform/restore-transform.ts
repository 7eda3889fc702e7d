import type { RawItem } from '../item/attribute-value.js';
import { createDraft } from './draft.js';
import type { Operation, Passage } from './operation.js';
import type { Transform } from './transform.js';

/** The way back of a move for one item, or the operation that prevents it and why. */
export type RestoredTransform =
  | {
      /**
       * The old form of a new item, given the old item as it is; what the new one cannot tell stays as it is there.
       * Throws like the operations.
       */
      readonly restore: (item: RawItem, old: RawItem | undefined) => RawItem;
    }
  | { readonly irreversible: string };

/**
 * Takes all operations of a move back, last first. Unlike the inverse, this has the old item to ask, so it also takes
 * back operations that lose something: `restore(apply(old), old)` is `old`.
 */
export function restoreTransform({ operations }: Transform): RestoredTransform {
  const puts: Put[] = [];
  for (const { restore, description } of operations) {
    if ('none' in restore) return { irreversible: `\`${description}\` ${restore.none}` };
    puts.push(restore.put);
  }
  return {
    restore: (item, old) => {
      const passages = old === undefined ? undefined : passagesOf(operations, old);
      const draft = createDraft(item);
      for (let index = puts.length - 1; index >= 0; index -= 1) puts[index]?.(draft, passages?.[index]);
      return draft.toItem();
    },
  };
}

type Put = (draft: ReturnType<typeof createDraft>, old: Passage | undefined) => void;

/**
 * The old item before and after each operation; `undefined` for an operation that refuses it. That one cannot learn
 * anything from it, but the others still can: what they dropped from the item is not lost with it.
 */
function passagesOf(operations: readonly Operation[], old: RawItem): (Passage | undefined)[] {
  let before = old;
  return operations.map((operation) => {
    try {
      const passage = { before, after: stepOf(operation, before) };
      before = passage.after;
      return passage;
    } catch {
      return undefined;
    }
  });
}

/** A `filter` changes nothing; and an item that it leaves out still says what its attributes were. */
function stepOf(operation: Operation, item: RawItem): RawItem {
  if (!('apply' in operation)) return item;
  const draft = createDraft(item);
  operation.apply(draft);
  return draft.toItem();
}
