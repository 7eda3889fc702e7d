/** Runs one piece of work when it is its turn. */
export type TakeTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `atOnce` pieces of work at a time, first come, first served. */
export function limitTurns(atOnce: number): TakeTurn {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => queue.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // The place goes to the next one directly: whoever comes in between has to queue.
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
