/**
 * How long to wait before attempt `attempt` + 1: between a half and the whole of 100 ms × 2^attempt, at most
 * `mostMs`. Never near 0: a stream that throttles all its readers does not recover while they try at once.
 */
export function pauseAfter(attempt: number, random: () => number, mostMs: number): number {
  return (0.5 + random() / 2) * Math.min(mostMs, 100 * 2 ** Math.min(attempt, 20));
}
