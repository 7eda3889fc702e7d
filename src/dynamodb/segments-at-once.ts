import { performance } from 'node:perf_hooks';

const first = 4;
const least = 2;
/**
 * Eight keep a process busy, with 16 requests each, from another region too. Each holds two pages, so memory follows from
 * this and not from the size of the table; and one that is slow or hot leaves the others to the rest.
 */
const most = 8;
const windowMs = 1_000;
/** Above it, nobody can tell whether fewer segments would do as well. */
const full = 0.97;

export interface SegmentsAtOnceOptions {
  /** What part of the time since it was asked last this thread was busy, 0 to 1; `undefined` when that is not long ago. */
  readonly load?: () => number | undefined;
}

/**
 * How many segments this process is to work on at once, from 2 to 8, asked again and again: as many as keep it busy. More
 * than these are not faster, only the pages of each wait longer for their turn, in memory: with eight at work where two
 * would do, a copy took a fifth more CPU, for the garbage collector's sake (docs/design/0011-memory.md).
 */
export function countSegmentsAtOnce({ load = loadOfThread() }: SegmentsAtOnceOptions = {}): () => number {
  let count = first;
  return () => {
    const busy = load();
    if (busy === undefined) return count;
    const wanted = busy > full ? count - 1 : Math.max(count, Math.round(count / busy));
    count = Math.min(most, Math.max(least, wanted));
    return count;
  };
}

function loadOfThread(): () => number | undefined {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { active, idle, utilization } = performance.eventLoopUtilization(now, last);
    if (active + idle < windowMs) return undefined;
    last = now;
    return utilization;
  };
}
