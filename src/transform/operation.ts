import type { Draft } from './draft.js';

/** One step of a transform. Plain data and pure functions; made by the files in `operations/`. */
export interface Operation {
  readonly kind: 'rename' | 'copy' | 'add' | 'set' | 'remove' | 'convert' | 'nest' | 'unnest' | 'map';
  /** For people: `rename prefVal → preferenceValue`. */
  readonly description: string;
  /** The attributes it may write or remove, as far as the declaration says; a `map` says nothing. */
  readonly touches: readonly string[];
  /** Why it cannot rewrite items where they are, if it cannot. */
  readonly inPlaceProblem: string | undefined;
  /** Takes it back exactly, for items that do not already look like its result. */
  readonly inverse: Inverse;
  /**
   * Does it to one item.
   *
   * @throws MigrateError `ATTRIBUTE_COLLISION`, `ITEM_INVALID`, `TRANSFORM_FAILED`, `TRANSFORM_ASYNC`, `NOT_IDEMPOTENT`.
   */
  apply(draft: Draft): void;
}

/** The operation that takes another one back, or why there is none. */
export type Inverse = { readonly operation: () => Operation } | { readonly none: string };
