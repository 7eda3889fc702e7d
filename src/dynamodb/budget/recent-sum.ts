/** A sum over the last second or two, as a rate. */
export interface RecentSum {
  add(value: number, now: number): void;
  /** A second, on average over the time that is looked back upon. */
  perSecond(now: number): number;
}

const slots = 20;
const slotMs = 100;

/** Keeps the last two seconds in tenths. A sum that began later is divided by what it had, but not by next to nothing. */
export function createRecentSum(startedAt: number): RecentSum {
  const sums = new Array<number>(slots).fill(0);
  let last = Math.floor(startedAt / slotMs);
  const first = last;
  const moveTo = (now: number) => {
    const slot = Math.floor(now / slotMs);
    for (let clear = Math.max(last + 1, slot - slots + 1); clear <= slot; clear++) sums[clear % slots] = 0;
    last = Math.max(last, slot);
  };
  return {
    add(value, now) {
      moveTo(now);
      sums[last % slots] = (sums[last % slots] ?? 0) + value;
    },
    perSecond(now) {
      moveTo(now);
      const span = Math.min(slots, Math.max(3, last - first + 1));
      return (sums.reduce((total, sum) => total + sum, 0) * 1_000) / (span * slotMs);
    },
  };
}
