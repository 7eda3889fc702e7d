import type { ShardListing } from './list-shards.js';
import type { ShardRead } from './read-shard.js';
import type { GapReason, ShardPosition } from './shard-checkpoints.js';

/** What is known of one shard. */
export interface KnownShard {
  position: ShardPosition;
  reading: boolean;
  listed: boolean;
  /** Its stored position was deleted. */
  forgotten: boolean;
  /** Somebody has to look at it before it may be forgotten. */
  gap: boolean;
  /** Answers with nothing, one after the other, since the last record; and when the first and the last were asked for. */
  /** Everything that was there at this moment of the monotonic clock was handled; undefined: nobody knows yet. */
  handledUpTo: number | undefined;
  /** When the last answer was asked for that was not full; what it held may still be at its handler. */
  readUpTo: number | undefined;
  emptyReads: number;
  emptySince: number;
  emptyUntil: number;
  /** When it was first seen done, by the monotonic clock. */
  doneSince: number | undefined;
}

export interface ShardBookOptions {
  /** Empty answers in a row before a shard counts as read up to its tip. */
  readonly emptyReadsAtTip: number;
  /** How long a shard that ended may have no child before it is believed that there is none. */
  readonly childGraceMs: number;
}

/** Something to store before any of the shards is read. */
export interface NewPosition {
  readonly position: ShardPosition;
  readonly gap?: GapReason;
}

/** All shards of one stream: which may be read, which are read up to their tip. Pure state; asks nobody. */
export class ShardBook {
  readonly #options: ShardBookOptions;
  readonly #shards = new Map<string, KnownShard>();
  readonly #parents = new Set<string>();
  readonly #notAtTip = new Set<string>();
  /** Shards whose parent nobody knows. Listings are not atomic, so it takes two of them to believe it. */
  #orphans = new Set<string>();
  #listed = new Set<string>();
  /** When the last shard ended that has no child yet. Asked for at every read, so it is kept until something changes. */
  #childlessSince: number | undefined;
  #status = 'ENABLED';

  constructor(options: ShardBookOptions) {
    this.#options = options;
  }

  get status(): string {
    return this.#status;
  }

  all(): readonly KnownShard[] {
    return [...this.#shards.values()];
  }

  add(position: ShardPosition, { gap, now }: { readonly gap: boolean; readonly now: number }): void {
    this.#shards.set(position.shardId, {
      position,
      gap,
      reading: false,
      listed: this.#listed.has(position.shardId),
      forgotten: false,
      handledUpTo: undefined,
      readUpTo: undefined,
      emptyReads: 0,
      emptySince: 0,
      emptyUntil: 0,
      doneSince: position.done ? now : undefined,
    });
    this.#childlessSince = undefined;
    if (position.parentShardId !== undefined) this.#parents.add(position.parentShardId);
    if (!position.done) this.#notAtTip.add(position.shardId);
  }

  /**
   * Takes in a listing, and answers the positions of shards that are new.
   *
   * @param isFirst the stream was never read before: then shards that expired are of no concern.
   */
  takeListing(listing: ShardListing, { isFirst, wall }: { readonly isFirst: boolean; readonly wall: number }) {
    this.#childlessSince = undefined;
    this.#status = listing.status;
    const listed = new Set(listing.shards.map(({ shardId }) => shardId));
    this.#listed = listed;
    for (const [shardId, shard] of this.#shards) shard.listed = listed.has(shardId);
    const orphans = new Set<string>();
    const found = new Map<string, NewPosition>();

    for (const shard of listing.shards) {
      const { shardId, parentShardId } = shard;
      if (this.#shards.has(shardId)) continue;
      const parent = parentShardId === undefined ? undefined : this.#shards.get(parentShardId)?.position;
      if (parentShardId !== undefined && !parent && !listed.has(parentShardId) && !isFirst) {
        if (!this.#orphans.has(shardId)) {
          orphans.add(shardId);
          continue;
        }
        const unseen = { shardId: parentShardId, done: true, savedAt: wall };
        found.set(parentShardId, { position: unseen, gap: 'parent-unseen' });
      }
      // A child begins when its parent ends: when that was long ago, the child's first records may be gone.
      const savedAt = parent?.done ? Math.min(parent.savedAt, wall) : wall;
      found.set(shardId, { position: { shardId, parentShardId, done: false, savedAt } });
    }
    this.#orphans = orphans;
    return [...found.values()];
  }

  /** Shards that may be read now: the parent was read to its end, or is not known to have been there. */
  readable(): KnownShard[] {
    return this.all().filter(({ position, reading }) => !position.done && !reading && this.#isParentDone(position));
  }

  waiting(): number {
    return this.all().filter(({ position }) => !position.done && !this.#isParentDone(position)).length;
  }

  /**
   * Stored positions that nobody will ask for: done and expired, with no gap to look at. None while nothing is
   * listed: the last position tells that the stream was read before.
   */
  forgettable(): KnownShard[] {
    if (this.#listed.size === 0) return [];
    return this.all().filter(({ position, listed, gap, forgotten }) => position.done && !listed && !gap && !forgotten);
  }

  saved(position: ShardPosition, gap: boolean, now: number): void {
    const shard = this.#shards.get(position.shardId);
    if (!shard) return;
    shard.position = position;
    shard.gap ||= gap;
    if (gap) this.#leaveTip(shard);
    if (!position.done) return;
    shard.doneSince ??= now;
    this.#childlessSince = undefined;
    this.#notAtTip.delete(position.shardId);
  }

  read(shardId: string, { empty, full, askedAt }: ShardRead): void {
    const shard = this.#shards.get(shardId);
    if (!shard) return;
    // A shard is read again once what it gave before was handled.
    if (shard.readUpTo !== undefined) shard.handledUpTo = shard.readUpTo;
    shard.readUpTo = full ? undefined : askedAt;
    if (empty) shard.handledUpTo = askedAt;
    if (!empty) {
      this.#leaveTip(shard);
      return;
    }
    if (shard.emptyReads === 0) shard.emptySince = askedAt;
    shard.emptyUntil = askedAt;
    shard.emptyReads += 1;
    if (shard.emptyReads >= this.#options.emptyReadsAtTip) this.#notAtTip.delete(shardId);
  }

  /**
   * The moment of the monotonic clock up to which all shards were handled, as far as answers that are not full tell:
   * the age of records does not, as engines round it. Undefined before each open shard was read up to its tip once.
   */
  handledUpTo(): number | undefined {
    const open = this.all().filter(({ position }) => !position.done);
    const known = open.flatMap(({ handledUpTo }) => (handledUpTo === undefined ? [] : [handledUpTo]));
    return open.length === 0 || known.length < open.length ? undefined : Math.min(...known);
  }

  /** Every shard is done or read up to its tip, and no listing is known to be incomplete. */
  isCaughtUp(now: number): boolean {
    return this.#notAtTip.size === 0 && this.#shards.size > 0 && !this.isListingIncomplete(now);
  }

  /** A shard ends because another one goes on for it: as long as that one is not listed, the listing lags behind. */
  isListingIncomplete(now: number): boolean {
    if (this.#orphans.size > 0) return true;
    const open = this.#status === 'ENABLED' || this.#status === 'ENABLING';
    if (!open) return false;
    this.#childlessSince ??= Math.max(
      ...this.all().map(({ position, listed, doneSince = Number.NEGATIVE_INFINITY }) =>
        listed && !this.#parents.has(position.shardId) ? doneSince : Number.NEGATIVE_INFINITY,
      ),
    );
    return now - this.#childlessSince < this.#options.childGraceMs;
  }

  /** The stream is closed, and every record of it was handled. */
  isEnded(): boolean {
    const closed = this.#status === 'DISABLED' || this.#status === 'GONE';
    return closed && this.#orphans.size === 0 && this.all().every(({ position }) => position.done);
  }

  #isParentDone({ parentShardId }: ShardPosition): boolean {
    const parent = parentShardId === undefined ? undefined : this.#shards.get(parentShardId);
    return parent?.position.done ?? true;
  }

  #leaveTip(shard: KnownShard): void {
    shard.emptyReads = 0;
    this.#notAtTip.add(shard.position.shardId);
  }
}
