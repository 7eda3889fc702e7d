import type { Actor } from './actor.js';
import { type Clock, isoNow, systemClock } from './clock.js';
import type { MetaTable } from './meta-table.js';

/** How one kind of capacity of one table is used, in units a second. */
export interface TablePace {
  readonly table: string;
  readonly kind: 'read' | 'write';
  readonly rate: number;
  /** What the budget allows; `null` without one. */
  readonly limit: number | null;
  /** What DynamoDB seems to allow, where that is less; else `null`. */
  readonly adapted: number | null;
  readonly slowedBy: 'budget' | 'throttling' | null;
}

/** How fast a process goes, and why it goes no faster. */
export interface Pace {
  /** `throttling` comes before `budget`; `null`: as fast as it can. */
  readonly slowedBy: 'paused' | 'throttling' | 'budget' | null;
  readonly tables: readonly TablePace[];
}

/** A pace that was written down. Its times are by the clock of the machine that wrote it, for people to read. */
export interface StoredPace extends Pace {
  readonly by: Actor;
  /** ISO time. */
  readonly at: string;
  /** The same, in milliseconds since 1970. */
  readonly wallAt: number;
}

/** Each process that works on a migration writes a row of its own: for people, so no lease fences it. */
export interface Paces {
  save(id: string, by: Actor, pace: Pace): Promise<void>;
  list(id: string): Promise<StoredPace[]>;
  clear(id: string, by: Actor): Promise<void>;
  /** Those of dead processes too. */
  clearAll(id: string): Promise<void>;
}

export function openPaces({
  table,
  clock = systemClock,
}: {
  readonly table: MetaTable;
  readonly clock?: Clock;
}): Paces {
  const keyOf = (id: string, { host, pid }: Actor) => ({ pk: `pace#${id}`, sk: `${host}#${pid}` });
  // No such row has a token.
  const always = { kind: 'equals', attributes: { token: undefined } } as const;
  return {
    async save(id, by, { slowedBy, tables }) {
      await table.put({ ...keyOf(id, by), slowedBy, tables, by, at: isoNow(clock), wallAt: clock.wall() }, always);
    },
    async list(id) {
      const found: StoredPace[] = [];
      for await (const { pk: _pk, sk: _sk, ...pace } of table.query(`pace#${id}`))
        found.push(pace as unknown as StoredPace);
      return found;
    },
    async clear(id, by) {
      await table.delete(keyOf(id, by), always);
    },
    async clearAll(id) {
      for await (const key of table.query(`pace#${id}`)) await table.delete(key, always);
    },
  };
}
