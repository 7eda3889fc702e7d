import type { TargetWrite, TargetWriteOutcome as WriteOutcome } from '../dynamodb/target-writer.js';
import type { MigrateError } from '../errors.js';
import type { AnyItem, RawItem } from '../item/attribute-value.js';

export type { TargetWrite, WriteOutcome };

/** A source item, named by its key, and the target keys that one reconcile may write for it: S of the protocol. */
export interface Intent {
  readonly unit: RawItem;
  readonly keys: readonly RawItem[];
}

/** What to reconcile: an intent, and the source item as somebody saw it, if anybody did. */
export interface Unit extends Intent {
  /** A scanned item or the image of a record, `item: undefined` for a deleted one. Left out: the source is read. */
  readonly guess?: { readonly item: AnyItem | undefined } | undefined;
}

/**
 * Strongly consistent reads by key, answered in any order; keys without an item are left out. Any number of keys:
 * an implementation cuts them into requests of 100.
 */
export type ReadItems<T extends AnyItem = RawItem> = (keys: readonly RawItem[]) => Promise<readonly T[]>;

/**
 * Makes all the writes, in any order, and answers their outcomes in the order given. It resolves when each was
 * acknowledged. It rejects for infrastructure only; then nothing is known about any of them. No key comes twice in a
 * call, so that they can be cut into requests of 25. Where the caller works under a lease, an implementation
 * checks before every request that the lease is held, and gives a request up well before the lease could end.
 */
export type WriteTarget = (writes: readonly TargetWrite[]) => Promise<readonly WriteOutcome[]>;

/** Something that has to be done before cutover. */
export type Obligation =
  /** These units are to be reconciled once more, after the horizon. Kept as one row of its own, never merged. */
  | { readonly kind: 'reconcile'; readonly intents: readonly Intent[]; readonly inFlight: boolean }
  /** The unit has no target form. A row a unit: `keys` are united with those that are stored. */
  | { readonly kind: 'quarantined'; readonly intent: Intent; readonly error: MigrateError }
  /** Units claim a target key that another one owns. A row a key: `claimants` are united with those that are stored. */
  | { readonly kind: 'contested'; readonly key: RawItem; readonly claimants: readonly RawItem[] }
  /** A record of the stream that could not be read. Only a full verify with repair makes up for it. */
  | { readonly kind: 'misshapen'; readonly record: unknown; readonly error: MigrateError };

/** An obligation as it is stored. Each `add` to the same row makes one more generation. */
export interface StoredObligation {
  readonly id: string;
  readonly generation: number;
  readonly obligation: Obligation;
}

export interface Obligations {
  /** Stores or extends obligations, and answers them in the order given. They are durable when it resolves. */
  add(obligations: readonly Obligation[]): Promise<readonly StoredObligation[]>;
  /** Removes an obligation only while its generation is the one given; answers whether it did. */
  remove(stored: StoredObligation): Promise<boolean>;
  /**
   * All that are stored, read consistently, without those in flight whose writer may still be running. A settler
   * that waited for the horizon after the answer may act on each of them.
   */
  list(): Promise<readonly StoredObligation[]>;
}
