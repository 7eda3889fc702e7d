export interface WorkQueueOptions<T> {
  /** Tasks in one request. */
  readonly size: number;
  /** What they may weigh together, by `weigh`; one alone may weigh more. Default: anything. */
  readonly weight?: number;
  readonly weigh?: (task: T) => number;
  readonly inFlight: number;
  /** Does some of the tasks, and answers those that are left, which go into the next request that is full of others. */
  readonly work: (tasks: T[], worker: number) => Promise<readonly T[]>;
}

/**
 * Does all of `tasks` in full requests, some at once. What a request leaves undone shares the next one with what has
 * not been tried yet. After a failure nothing new starts, and the call rejects only when everything that had started
 * is over: nothing may still be writing then.
 */
export async function workOff<T>(tasks: readonly T[], options: WorkQueueOptions<T>): Promise<void> {
  const { size, weight = Number.POSITIVE_INFINITY, weigh = () => 0, inFlight, work } = options;
  let next = 0;
  const left: T[] = [];
  let failed = false;

  function take(): T[] {
    const taken: T[] = [];
    let weighs = 0;
    while (taken.length < size && (left.length > 0 || next < tasks.length)) {
      const task = (left.length > 0 ? left[0] : tasks[next]) as T;
      weighs += weigh(task);
      if (taken.length > 0 && weighs > weight) break;
      taken.push(task);
      if (left.length > 0) left.shift();
      else next += 1;
    }
    return taken;
  }

  async function worker(_: unknown, index: number): Promise<void> {
    while (!failed) {
      const taken = take();
      if (taken.length === 0) return;
      try {
        left.push(...(await work(taken, index)));
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }

  // By weight there may be more requests than that, so no fewer workers than tasks where it counts.
  const requests = weight === Number.POSITIVE_INFINITY ? Math.ceil(tasks.length / size) : tasks.length;
  const settled = await Promise.allSettled(Array.from({ length: Math.min(inFlight, requests) }, worker));
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
}
