/** Units a second; left out: as many as anybody wants. */
export interface CapacityOptions {
  readonly readUnits?: number | undefined;
  readonly writeUnits?: number | undefined;
  /** How many seconds of unused capacity are kept. DynamoDB keeps 300; the default, 1, shows a limit soon. */
  readonly burstSeconds?: number | undefined;
}

/** What happened to a table in one second since the endpoint was started. */
export interface SecondOfUse {
  readonly second: number;
  readUnits: number;
  writeUnits: number;
  requests: number;
  /** Requests that were refused as a whole, and those of which a part came back unprocessed. */
  throttled: number;
  partly: number;
}

/** The two token buckets of a table, and what was taken from them. */
export interface Capacity {
  set(options: CapacityOptions): void;
  limits(): CapacityOptions;
  /** Takes `units` if there is anything left, as DynamoDB does: the last request may go below zero. */
  take(kind: 'readUnits' | 'writeUnits', units: number): boolean;
  count(what: 'requests' | 'throttled' | 'partly'): void;
  timeline(): readonly SecondOfUse[];
}

export function createCapacity(now: () => number, initial: CapacityOptions = {}): Capacity {
  const begun = now();
  const seconds: SecondOfUse[] = [];
  let limits = initial;
  let at = begun;
  const left = { readUnits: full('readUnits'), writeUnits: full('writeUnits') };

  function full(kind: 'readUnits' | 'writeUnits'): number {
    return (limits[kind] ?? Number.POSITIVE_INFINITY) * (limits.burstSeconds ?? 1);
  }

  function refill(): void {
    const elapsed = (now() - at) / 1_000;
    at = now();
    for (const kind of ['readUnits', 'writeUnits'] as const) {
      left[kind] = Math.min(full(kind), left[kind] + elapsed * (limits[kind] ?? Number.POSITIVE_INFINITY));
      // Infinity × 0 seconds.
      if (Number.isNaN(left[kind])) left[kind] = full(kind);
    }
  }

  function current(): SecondOfUse {
    const second = Math.floor((now() - begun) / 1_000);
    const last = seconds.at(-1);
    if (last?.second === second) return last;
    const next = { second, readUnits: 0, writeUnits: 0, requests: 0, throttled: 0, partly: 0 };
    seconds.push(next);
    return next;
  }

  return {
    set(options) {
      refill();
      limits = { ...limits, ...options };
      for (const kind of ['readUnits', 'writeUnits'] as const) left[kind] = Math.min(left[kind], full(kind));
      refill();
    },
    limits: () => limits,
    take(kind, units) {
      refill();
      if (left[kind] <= 0) return false;
      left[kind] -= units;
      current()[kind] += units;
      return true;
    },
    count(what) {
      current()[what] += 1;
    },
    timeline: () => seconds,
  };
}
