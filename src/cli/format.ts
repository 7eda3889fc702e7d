const counts = new Intl.NumberFormat('en-US');

/** `12345` → `12,345`. */
export function formatCount(value: number): string {
  return counts.format(value);
}

/** Seconds for people: `0.4 s`, `38 s`, `12 min`, `3 h 20 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2026-11-23T20:42:23.123Z` → `2026-11-23 20:42:23`; UTC, as in the ledger. */
export function formatTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
