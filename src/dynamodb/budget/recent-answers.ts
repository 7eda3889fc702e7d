/** What came through lately, as a rate that a few answers more or less do not change much. */
export interface RecentAnswers {
  add(units: number, now: number): void;
  /** Units a second, of the last half second at least and of 20 answers, but of nothing before `since`. */
  perSecond(now: number, since: number): number;
}

const slotMs = 100;
/** Ten seconds. */
const slots = 100;
const leastSlots = 5;
const leastAnswers = 20;

/** Counts in tenths of a second, so it takes the same memory at any rate. */
export function createRecentAnswers(): RecentAnswers {
  const kept = Array.from({ length: slots }, () => ({ slot: -1, units: 0, answers: 0 }));
  return {
    add(units, now) {
      const slot = Math.floor(now / slotMs);
      const place = kept[slot % slots];
      if (!place) return;
      if (place.slot !== slot) Object.assign(place, { slot, units: 0, answers: 0 });
      place.units += units;
      // What was refused says nothing about how much there is.
      if (units > 0) place.answers += 1;
    },
    perSecond(now, since) {
      const last = Math.floor(now / slotMs);
      const first = Math.max(Math.ceil(since / slotMs), last - slots + 1);
      let units = 0;
      let answers = 0;
      let slot = last + 1;
      while (slot > first && (last - slot + 1 < leastSlots || answers < leastAnswers)) {
        slot -= 1;
        const place = kept[slot % slots];
        if (place?.slot !== slot) continue;
        units += place.units;
        answers += place.answers;
      }
      const ms = now - slot * slotMs;
      return ms <= 0 ? 0 : (units * 1_000) / ms;
    },
  };
}
