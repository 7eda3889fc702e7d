import { randomUUID } from 'node:crypto';
import { MigrateError } from '../errors.js';
import type { Obligation, Obligations, StoredObligation } from '../reconcile/ports.js';
import { clearRows } from './clear-rows.js';
import { type Clock, isoNow, systemClock } from './clock.js';
import type { Fence } from './fenced-write.js';
import { MAX_TEXT_BYTES } from './intent-text.js';
import type { MetaTable } from './meta-table.js';
import { digestOf, encodeObligation, type ObligationRow, placeOf, storedOf, unite } from './obligation-row.js';
import type { Row } from './row-store.js';
import type { Direction } from './rows.js';

/**
 * Whether the process that `origin` names may still handle what it put in flight.
 *
 * @param ageMs how long this process has seen the row unchanged, by its own clock; 0 at first sight
 */
export type MayRun = (origin: string, ageMs: number) => boolean;

/** An obligation as readers on any machine see it. */
export interface ListedObligation {
  readonly direction: Direction;
  readonly stored: StoredObligation;
  /** ISO time of the last add. */
  readonly at: string;
  /** How often it was added. */
  readonly attempts: number;
}

/** Numbers of rows; none is counted twice. */
export interface ObligationCounts {
  /** Those that nobody is working on. */
  readonly reconcile: number;
  readonly quarantined: number;
  readonly contested: number;
  readonly misshapen: number;
  /** Batches of the stream that are being handled, or whose handler died. */
  readonly inFlight: number;
}

export interface ObligationRows {
  /**
   * The obligations of one direction of a move, for a process that `origin` names. Needs no lease: the live sync, the
   * backfill and commands all add, and a row is written and removed by its generation.
   *
   * `list` leaves out what is in flight at an origin of which `mayRun` says so. Default: nothing runs any more.
   */
  bind(id: string, direction: Direction, origin: string, mayRun?: MayRun): Obligations;
  /** All of a move, in flight or not; or those of one direction and kind. */
  listAll(
    id: string,
    only?: { readonly direction: Direction; readonly kind: Obligation['kind'] },
  ): AsyncIterable<ListedObligation>;
  count(id: string, direction?: Direction): Promise<ObligationCounts>;
  clear(lease: Fence, id: string, direction?: Direction): Promise<void>;
}

export interface ObligationsOptions {
  readonly table: MetaTable;
  readonly clock?: Clock;
  readonly uuid?: () => string;
}

const AT_ONCE = 25;
/**
 * A row that grew beyond this is left as it is, and the next one takes what is new: each add writes its whole row, and
 * pays for it. Claimants of one key are as many as there are items where the new key is not unique.
 */
const FULL_BYTES = 64 * 1024;

/** Opens the obligations of all moves: a row per migration, direction and unit, key, batch or record. */
export function openObligations({ table, clock = systemClock, uuid = randomUUID }: ObligationsOptions): ObligationRows {
  async function store(
    id: string,
    direction: Direction,
    origin: string,
    obligation: Obligation,
  ): Promise<StoredObligation> {
    const digest = digestOf(obligation);
    for (let overflow = 0; ; ) {
      const suffix = overflow === 0 ? '' : `#${overflow}`;
      const key = { pk: partitionOf(id), sk: `${direction}#${obligation.kind}#${digest ?? uuid()}${suffix}` };
      // A row of its own cannot be there: nothing is read before it is written.
      const found = digest === undefined ? undefined : await table.get(key);
      const added = encodeObligation(obligation);
      const united = found ? encodeObligation(unite(obligation, found)) : added;
      // What one row holds of a unit or key, and what the next one does, are obligations that stand on their own.
      if (found && sizeOf(united) > FULL_BYTES && sizeOf(united) > sizeOf(found)) {
        overflow += 1;
        continue;
      }
      if (sizeOf(united) > MAX_TEXT_BYTES) throw tooLarge(obligation, sizeOf(united));

      const stamp = uuid();
      const { generation, attempts } = (found ?? { generation: 0, attempts: 0 }) as unknown as ObligationRow;
      const row = {
        ...key,
        ...united,
        direction,
        origin,
        stamp,
        generation: generation + 1,
        attempts: attempts + 1,
        at: isoNow(clock),
      };
      // The SDK repeats a request whose answer was lost: then the row that is in the way is this very one.
      if ((await table.put(row, guardOf(found))) || (await table.get(key))?.stamp === stamp) return storedOf(row);
      // Somebody else added to it, or removed it.
    }
  }

  async function* all(id: string, direction?: Direction, kind?: Obligation['kind']): AsyncIterable<Row> {
    yield* table.query(partitionOf(id), { prefix: prefixOf(direction, kind) });
  }

  return {
    bind(id, direction, origin, mayRun = () => false) {
      /** When a row in flight was read first, by the monotonic clock; the id changes with every add. */
      let seen = new Map<string, number>();
      return {
        async add(obligations) {
          const added: StoredObligation[] = [];
          for (let start = 0; start < obligations.length; start += AT_ONCE) {
            const batch = obligations.slice(start, start + AT_ONCE);
            added.push(...(await Promise.all(batch.map((one) => store(id, direction, origin, one)))));
          }
          return added;
        },

        async remove({ id: storedId, generation }) {
          const { sk, stamp } = placeOf(storedId);
          const key = { pk: partitionOf(id), sk };
          // The generation alone begins at 1 again where a row was removed and added anew, and a request that the SDK
          // repeats would remove that; no two adds have the same stamp.
          if (await table.delete(key, { kind: 'equals', attributes: { stamp, generation } })) return true;
          // A row that is gone was removed by this request, whose answer was lost, or by somebody who met a later
          // generation of it. A later one says all that an earlier one did, so ours is met either way.
          return (await table.get(key)) === undefined;
        },

        async list() {
          const startedAt = clock.monotonic();
          const rows: Row[] = [];
          for await (const row of all(id, direction)) rows.push(row);
          // A row was read at some time in between: its age is counted from the end, and up to the beginning.
          const endedAt = clock.monotonic();
          const sightings = new Map<string, number>();
          const listed = rows.flatMap((row) => {
            const stored = storedOf(row);
            if (row.inFlight !== true) return [stored];
            const since = seen.get(stored.id) ?? endedAt;
            sightings.set(stored.id, since);
            return mayRun(String(row.origin), Math.max(0, startedAt - since)) ? [] : [stored];
          });
          seen = sightings;
          return listed;
        },
      };
    },

    async *listAll(id, only) {
      for await (const row of all(id, only?.direction, only?.kind)) {
        const { direction, at, attempts } = row as unknown as ObligationRow;
        yield { direction, stored: storedOf(row), at, attempts };
      }
    },

    async count(id, direction) {
      const counts = { reconcile: 0, quarantined: 0, contested: 0, misshapen: 0, inFlight: 0 };
      for await (const row of all(id, direction)) {
        counts[row.inFlight === true ? 'inFlight' : (row as unknown as ObligationRow).kind] += 1;
      }
      return counts;
    },

    clear: (lease, id, direction) => clearRows(table, lease, partitionOf(id), prefixOf(direction)),
  };
}

function partitionOf(id: string): string {
  return `obligations#${id}`;
}

function prefixOf(direction: Direction | undefined, kind?: Obligation['kind']): string {
  if (direction === undefined) return '';
  return kind === undefined ? `${direction}#` : `${direction}#${kind}#`;
}

function guardOf(found: Row | undefined) {
  if (!found) return { kind: 'absent' } as const;
  const { stamp, generation } = found as unknown as ObligationRow;
  return { kind: 'equals', attributes: { stamp, generation } } as const;
}

/** The size of the texts that can be long, in bytes. */
function sizeOf({ intents, unit, keys, key, claimants }: Readonly<Record<string, unknown>>): number {
  const texts = [intents, unit, keys, key, claimants].filter((text) => typeof text === 'string');
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function tooLarge({ kind }: Obligation, bytes: number): MigrateError {
  return new MigrateError(
    'INTERNAL',
    `an obligation of the kind \`${kind}\` has ${Math.ceil(bytes / 1024)} KB, more than a row of the meta table holds`,
  );
}
