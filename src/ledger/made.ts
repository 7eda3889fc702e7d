import { clearRows } from './clear-rows.js';
import { deleteFenced, type Fence, putFenced } from './fenced-write.js';
import type { MetaTable } from './meta-table.js';

/**
 * The tables and indexes that a migration made, or was about to make. Only these may an unfinished migration take for
 * its own when it goes on, or remove when it is taken back: what was there before belongs to somebody else.
 */
export interface Made {
  list(id: string): Promise<Set<string>>;
  /** Recorded before it is made, so that a crash in between cannot disown it. */
  add(lease: Fence, id: string, resource: string): Promise<void>;
  remove(lease: Fence, id: string, resource: string): Promise<void>;
  clear(lease: Fence, id: string): Promise<void>;
}

/** Opens the record of what migrations made: a row per migration and resource. */
export function openMade({ table }: { readonly table: MetaTable }): Made {
  const partitionOf = (id: string) => `made#${id}`;
  return {
    async list(id) {
      const found = new Set<string>();
      for await (const { sk } of table.query(partitionOf(id))) found.add(sk);
      return found;
    },
    add: (lease, id, resource) => putFenced(table, lease, { pk: partitionOf(id), sk: resource }),
    remove: (lease, id, resource) => deleteFenced(table, lease, { pk: partitionOf(id), sk: resource }),
    clear: (lease, id) => clearRows(table, lease, partitionOf(id)),
  };
}
