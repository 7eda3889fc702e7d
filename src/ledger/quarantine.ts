import type { RawItem } from '../item/attribute-value.js';
import { clearRows } from './clear-rows.js';
import { deleteFenced, type Fence, putFenced } from './fenced-write.js';
import type { MetaTable } from './meta-table.js';
import { decodeRawKey, encodeRawKey, rawKeyDigest } from './raw-key.js';
import type { Row } from './row-store.js';
import type { Direction } from './rows.js';
import { shortMessage } from './short-message.js';

/** An item that could not be migrated: its key and why, never its contents. */
export interface QuarantineEntry {
  /** The item's key, exactly as it is stored. */
  readonly key: RawItem;
  readonly direction: Direction;
  /** An error code. */
  readonly code: string;
  readonly message: string;
  /** ISO time. */
  readonly at: string;
  /** How often it was tried. */
  readonly attempts: number;
}

export interface Quarantine {
  /** Adds an item, or replaces what is known of it. */
  put(lease: Fence, id: string, entry: QuarantineEntry): Promise<void>;
  /** The items of a migration, or those of one direction, in no particular order. */
  list(id: string, direction?: Direction): AsyncIterable<QuarantineEntry>;
  count(id: string, direction?: Direction): Promise<number>;
  remove(lease: Fence, id: string, entry: Pick<QuarantineEntry, 'key' | 'direction'>): Promise<void>;
  clear(lease: Fence, id: string, direction?: Direction): Promise<void>;
}

export interface QuarantineOptions {
  readonly table: MetaTable;
}

/** Opens the quarantine of all migrations: a row per migration, direction and item. */
export function openQuarantine({ table }: QuarantineOptions): Quarantine {
  const rowsOf = (id: string, direction?: Direction) => table.query(partitionOf(id), { prefix: prefixOf(direction) });
  return {
    async put(lease, id, { key, direction, code, message, at, attempts }) {
      const text = { code, message: shortMessage(message), at, attempts };
      await putFenced(table, lease, { ...keyOf(id, direction, key), key: encodeRawKey(key), direction, ...text });
    },

    async *list(id, direction) {
      for await (const row of rowsOf(id, direction)) yield decode(row);
    },

    async count(id, direction) {
      let count = 0;
      for await (const _row of rowsOf(id, direction)) count += 1;
      return count;
    },

    remove: (lease, id, { key, direction }) => deleteFenced(table, lease, keyOf(id, direction, key)),

    clear: (lease, id, direction) => clearRows(table, lease, partitionOf(id), prefixOf(direction)),
  };
}

function partitionOf(id: string): string {
  return `quarantine#${id}`;
}

function prefixOf(direction: Direction | undefined): string {
  return direction === undefined ? '' : `${direction}#`;
}

function keyOf(id: string, direction: Direction, key: RawItem): { pk: string; sk: string } {
  return { pk: partitionOf(id), sk: `${direction}#${rawKeyDigest(key)}` };
}

function decode(row: Row): QuarantineEntry {
  const { direction, code, message, at, attempts, key } = row as unknown as Omit<QuarantineEntry, 'key'> & {
    key: string;
  };
  return { key: decodeRawKey(key), direction, code, message, at, attempts };
}
