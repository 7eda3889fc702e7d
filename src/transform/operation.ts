import type { AnyItem, RawItem } from '../item/attribute-value.js';
import type { Draft } from './draft.js';
import type { TargetKey } from './target-key.js';

/** One step of a transform. Plain data and pure functions; made by the files in `operations/`. */
export type Operation = ItemOperation | SpreadOperation;

/** An operation that makes one item of an item. */
export interface ItemOperation extends OperationFacts {
  /**
   * Does it to one item.
   *
   * @throws MigrateError `ATTRIBUTE_COLLISION`, `ITEM_INVALID`, `TRANSFORM_FAILED`, `TRANSFORM_ASYNC`, `NOT_IDEMPOTENT`.
   */
  apply(draft: Draft): void;
}

/** An operation that makes any number of items of an item. Only moves have room for that. */
export interface SpreadOperation extends OperationFacts {
  /**
   * What one item becomes; none where it is left out.
   *
   * @throws MigrateError `ITEM_INVALID`, `TRANSFORM_FAILED`, `TRANSFORM_ASYNC`.
   */
  spread<T extends AnyItem>(draft: Draft<T>): readonly (T | RawItem)[];
}

interface OperationFacts {
  readonly kind:
    | 'rename'
    | 'copy'
    | 'add'
    | 'set'
    | 'remove'
    | 'convert'
    | 'nest'
    | 'unnest'
    | 'map'
    | 'filter'
    | 'rekey'
    | 'split';
  /** For people: `rename prefVal → preferenceValue`. */
  readonly description: string;
  /** The attributes it may write or remove, as far as the declaration says; a `map` says nothing. */
  readonly touches: readonly string[];
  /** Those of `touches` that no item has afterwards. */
  readonly removes: readonly string[];
  /** Why it cannot rewrite items where they are, if it cannot. */
  readonly inPlaceProblem: InPlaceProblem | undefined;
  /** Takes it back exactly, for items that do not already look like its result. */
  readonly inverse: Inverse;
  /** Takes it back for one item, with the help of what the item was before. */
  readonly restore: Restore;
  /** The key that items have in the target of a move from here on; the operation is the last one then. */
  readonly targetKey?: TargetKey;
}

/** Follows the operation in an error message: ``\`map\` in \`up\` does not say …``. */
export interface InPlaceProblem {
  readonly problem: string;
  readonly fix: string;
}

/** The operation that takes another one back, or why there is none. */
export type Inverse = { readonly operation: () => Operation } | { readonly none: string };

/**
 * How a move leads a changed item back. The draft holds what the operation made, as it is now, and is left as the
 * item before the operation has to be. `old` decides what the draft cannot tell. Where the draft is `old.after`, the
 * result is `old.before`.
 */
export type Restore = { readonly put: (draft: Draft, old: Passage | undefined) => void } | { readonly none: string };

/** The old item, before and after the operation. */
export interface Passage {
  readonly before: RawItem;
  readonly after: RawItem;
}
