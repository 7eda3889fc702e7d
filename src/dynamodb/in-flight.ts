/** Starts a piece of work now, or when there is room for it. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Requests of one client. Its handler has as many sockets: a request would wait there for one, unguarded. */
export const mostInFlight = 128;

/** Lets at most `most` pieces of work be under way; the others wait in turn. A limit that grows lets more of them begin. */
export function limitInFlight(most: number | (() => number)): Limit {
  const now = typeof most === 'number' ? () => most : most;
  let underWay = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (waiting.length > 0 || underWay >= now()) await new Promise<void>((resolve) => waiting.push(resolve));
    else underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
      while (waiting.length > 0 && underWay < now()) {
        underWay += 1;
        waiting.shift()?.();
      }
    }
  };
}

export interface LatencyLimitOptions {
  readonly least: number;
  readonly most: number;
  /** How many pieces of work a second there are to be, if it takes that many at once. */
  readonly perSecond: number;
  /** Milliseconds, from whenever. */
  readonly now?: () => number;
}

/** Pieces of work whose shortest one counts. Long ones waited for something: a retry, this process, a table's capacity. */
const windowOf = 64;

/**
 * As many under way as `perSecond` takes at the latency of late, by Little's law. The latency is the shortest of some, so
 * what is slow because too much is under way never lets more begin.
 */
export function limitByLatency({ least, most, perSecond, now = () => performance.now() }: LatencyLimitOptions): Limit {
  let allowed = least;
  let shortestMs = Number.POSITIVE_INFINITY;
  let seen = 0;
  const limited = limitInFlight(() => allowed);

  function learn(tookMs: number): void {
    shortestMs = Math.min(shortestMs, tookMs);
    seen += 1;
    if (seen < windowOf) return;
    allowed = Math.min(most, Math.max(least, Math.ceil((perSecond * shortestMs) / 1_000)));
    shortestMs = Number.POSITIVE_INFINITY;
    seen = 0;
  }

  return (work) =>
    limited(async () => {
      const from = now();
      try {
        return await work();
      } finally {
        learn(now() - from);
      }
    });
}
