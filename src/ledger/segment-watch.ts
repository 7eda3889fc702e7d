import type { Clock } from './clock.js';
import { isAliveHere } from './lease.js';
import { identityOf } from './lock-row.js';
import type { SegmentState } from './segments.js';

/** Tells which segments nobody works on. */
export interface SegmentWatch {
  /** Looks at a segment as it is stored now: free, held by somebody who lives, or left by somebody who is dead. */
  look(state: SegmentState): 'free' | 'held' | 'dead';
}

export interface SegmentWatchOptions {
  readonly clock: Clock;
  /** Only one process at a time can have the data open, so a holder that is not in this process is dead. */
  readonly exclusiveEngine?: boolean | undefined;
}

/**
 * A holder counts as dead when its row stood still for its whole lease by the clock of whoever looks, as with the lock
 * of the commands. So the first look at a segment that is held never finds a dead one.
 */
export function watchSegments({ clock, exclusiveEngine = false }: SegmentWatchOptions): SegmentWatch {
  const standing = new Map<number, { readonly identity: string; readonly since: number }>();
  return {
    look(state) {
      const { segment, holder } = state;
      if (!holder) {
        standing.delete(segment);
        return 'free';
      }
      if (exclusiveEngine && !isAliveHere(holder.holder)) return 'dead';
      const identity = JSON.stringify(identityOf(holder));
      const now = clock.monotonic();
      const before = standing.get(segment);
      if (before?.identity !== identity) {
        standing.set(segment, { identity, since: now });
        return 'held';
      }
      return now - before.since >= holder.leaseMs ? 'dead' : 'held';
    },
  };
}
