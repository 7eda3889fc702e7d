import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Actor } from './actor.js';
import { type Clock, systemClock } from './clock.js';
import type { MetaTable } from './meta-table.js';
import { shortMessage } from './short-message.js';

export type HistoryAction =
  | 'started'
  | 'resumed'
  | 'up'
  | 'down'
  | 'failed'
  | 'interrupted'
  | 'phase'
  | 'baseline'
  | 'repair'
  | 'unlock'
  | 'pause'
  | 'resume'
  | 'throttle'
  | 'verify'
  | 'cutover'
  | 'complete'
  | 'sync';

/** Something that happened, as it stays recorded. */
export interface HistoryEntry {
  /** ISO time by the clock of the machine that wrote it. */
  readonly at: string;
  readonly action: HistoryAction;
  /** The migration's id. */
  readonly id?: string | undefined;
  readonly by: Actor;
  readonly reason?: string | undefined;
  /** Plain values; never the contents of an item. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

export interface History {
  /** Adds an entry; no entry is ever changed. Needs no lease: what happened has happened. */
  append(entry: Omit<HistoryEntry, 'at'>): Promise<HistoryEntry>;
  /** The newest entries first; 100 unless told otherwise. */
  list(options?: { readonly limit?: number }): Promise<HistoryEntry[]>;
}

export interface HistoryOptions {
  readonly table: MetaTable;
  readonly clock?: Clock;
  readonly uuid?: () => string;
}

const PK = 'history';

/** Opens the append-only history. */
export function openHistory({ table, clock = systemClock, uuid = randomUUID }: HistoryOptions): History {
  let count = 0;
  return {
    async append(entry) {
      const at = new Date(clock.wall()).toISOString();
      const written: HistoryEntry = {
        at,
        ...entry,
        ...(entry.reason === undefined ? {} : { reason: shortMessage(entry.reason) }),
      };
      for (;;) {
        count += 1;
        // The count keeps the order within a millisecond, the uuid tells processes apart.
        const row = { pk: PK, sk: `${at}#${String(count).padStart(6, '0')}#${uuid()}`, ...written };
        if (await table.put(row, { kind: 'absent' })) return written;
        // The SDK repeats a request whose answer was lost: then the row that is in the way is this very one.
        if (isDeepStrictEqual(await table.get(row), withoutUndefined(row))) return written;
      }
    },

    async list({ limit = 100 } = {}) {
      const entries: HistoryEntry[] = [];
      for await (const row of table.query(PK, { newestFirst: true, limit })) {
        const { pk: _pk, sk: _sk, ...entry } = row;
        entries.push(entry as unknown as HistoryEntry);
      }
      return entries;
    },
  };
}

function withoutUndefined(row: object): unknown {
  return JSON.parse(JSON.stringify(row));
}
