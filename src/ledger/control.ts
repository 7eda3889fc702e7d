import { MigrateError } from '../errors.js';
import type { Actor } from './actor.js';
import { type Clock, isoNow, systemClock } from './clock.js';
import type { MetaTable } from './meta-table.js';
import type { Row } from './row-store.js';

/** Who did something to a migration that runs, when, and why. */
export interface ControlMark {
  readonly by: Actor;
  /** ISO time, by the clock of the machine that wrote it. */
  readonly at: string;
  readonly reason?: string | undefined;
}

/** What an operator asks of a migration, from any machine. */
export interface Control {
  /** Nothing is read or written for it until it is resumed; its live sync goes on. */
  readonly paused?: ControlMark | undefined;
  /** In place of the configured budget: units a second, or a share, `25%`. */
  readonly throttle?: (ControlMark & ThrottleLimits) | undefined;
}

export interface ThrottleLimits {
  readonly read?: number | string | undefined;
  readonly write?: number | string | undefined;
}

export interface Controls {
  get(id: string): Promise<Control>;
  /** What is asked of all migrations, by id. */
  list(): Promise<ReadonlyMap<string, Control>>;
  /**
   * Changes what is asked, and answers how it was before. Whoever was faster is read again, so `change` may be called
   * several times.
   */
  change(id: string, change: (now: Control) => Control): Promise<Control>;
  /** A mark of this moment. */
  mark(by: Actor, reason?: string): ControlMark;
  /** The migration is done, one way or the other. */
  clear(id: string): Promise<void>;
}

const PK = 'control';
const maxAttempts = 20;

/**
 * Opens what operators ask of migrations: a row per migration. It is written without a lease, for the lease belongs to
 * the process that is to obey, and on condition that nobody changed it since it was read.
 */
export function openControls({
  table,
  clock = systemClock,
}: {
  readonly table: MetaTable;
  readonly clock?: Clock;
}): Controls {
  const keyOf = (id: string) => ({ pk: PK, sk: id });
  return {
    async get(id) {
      return controlOf(await table.get(keyOf(id)));
    },

    async list() {
      const found = new Map<string, Control>();
      for await (const row of table.query(PK)) found.set(row.sk, controlOf(row));
      return found;
    },

    async change(id, change) {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const row = await table.get(keyOf(id));
        const before = controlOf(row);
        const changes = numberOf(row?.changes);
        const { paused, throttle } = change(before);
        const guard = { kind: 'equals', attributes: { changes } } as const;
        if (await table.put({ ...keyOf(id), paused, throttle, changes: (changes ?? 0) + 1 }, guard)) return before;
      }
      throw new MigrateError(
        'INTERNAL',
        `the row \`${PK}/${id}\` of the meta table changed under every attempt to write it`,
      );
    },

    mark: (by, reason) => ({ by, at: isoNow(clock), ...(reason !== undefined && { reason }) }),

    async clear(id) {
      const row = await table.get(keyOf(id));
      if (row) await table.delete(keyOf(id), { kind: 'equals', attributes: { changes: numberOf(row.changes) } });
    },
  };
}

function controlOf(row: Row | undefined): Control {
  const { paused, throttle } = (row ?? {}) as Control;
  return { ...(paused && { paused }), ...(throttle && { throttle }) };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
