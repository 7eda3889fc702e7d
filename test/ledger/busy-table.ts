import type { MetaTable } from '../../src/ledger/meta-table.js';

/** Counts the requests that are under way, so that a test can wait until there are none instead of for some time. */
export function busyTable(table: MetaTable): MetaTable & { settle(): Promise<void> } {
  let open = 0;
  async function counted<T>(call: Promise<T>): Promise<T> {
    open += 1;
    try {
      return await call;
    } finally {
      open -= 1;
    }
  }
  return {
    ...table,
    get: (key) => counted(table.get(key)),
    put: (row, guard, options) => counted(table.put(row, guard, options)),
    update: (key, change, guard, options) => counted(table.update(key, change, guard, options)),
    delete: (key, guard) => counted(table.delete(key, guard)),
    async settle() {
      for (let idle = 0; idle < 3; ) {
        await new Promise((resolve) => setImmediate(resolve));
        idle = open === 0 ? idle + 1 : 0;
      }
    },
  };
}
