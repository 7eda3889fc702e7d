/** Milliseconds before attempt `attempt` + 1 of something that failed: a random time that grows to 10 s. */
export function pauseOf(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(10_000, 100 * 2 ** attempt);
}
