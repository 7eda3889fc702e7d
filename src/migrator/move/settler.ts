import type { Obligations, StoredObligation } from '../../reconcile/ports.js';
import { settleObligations } from '../../reconcile/settle-obligations.js';
import type { Migrator } from '../migrator.js';
import type { Move } from './move.js';
import type { MovePorts } from './ports.js';

export interface Settled {
  readonly settled: number;
  readonly left: number;
}

/** Meets obligations, one round at a time, and keeps off those that batches of this very process still work on. */
export interface Settler {
  /** A round; calls that come meanwhile share the next one. */
  settle(): Promise<Settled>;
  /** Runs a batch; what it has in flight is nobody's to settle until it ended, well or not. */
  inFlight<T>(work: (obligations: Obligations) => Promise<T>): Promise<T>;
}

/** Each may be 500 items, so a few keep a table busy. */
const parallel = 4;

export function createSettler({ emit }: Pick<Migrator, 'emit'>, move: Pick<Move, 'id'>, ports: MovePorts): Settler {
  const { obligations } = ports;
  /** What batches of this process left. The port leaves out all that this process has in flight. */
  const ended = new Map<string, StoredObligation>();
  let running: Promise<Settled> | undefined;
  let next: Promise<Settled> | undefined;

  async function round(): Promise<Settled> {
    const { settled, left } = await settleObligations({
      ...ports,
      parallel,
      obligations: {
        ...obligations,
        list: async () => [...(await obligations.list()), ...ended.values()],
        async remove(stored) {
          const removed = await obligations.remove(stored);
          ended.delete(stored.id);
          return removed;
        },
      },
      onCollision: (key, claimants) => emit({ type: 'collision', id: move.id, key, claimants }),
    });
    return { settled, left: left.length };
  }

  function start(): Promise<Settled> {
    running = round().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    settle() {
      if (!running) return start();
      // The round under way has listed already; what came since needs one more.
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return start();
        });
      return next;
    },

    async inFlight(work) {
      const mine = new Map<string, StoredObligation>();
      try {
        return await work({
          ...obligations,
          async add(list) {
            const added = await obligations.add(list);
            for (const stored of added) {
              if (stored.obligation.kind === 'reconcile' && stored.obligation.inFlight) mine.set(stored.id, stored);
            }
            return added;
          },
          async remove(stored) {
            const removed = await obligations.remove(stored);
            mine.delete(stored.id);
            return removed;
          },
        });
      } finally {
        for (const [id, stored] of mine) ended.set(id, stored);
      }
    },
  };
}
