import { deleteFenced, type Fence } from './fenced-write.js';
import type { MetaTable } from './meta-table.js';
import type { RowKey } from './row-store.js';

const AT_ONCE = 25;

/** Deletes every row under `pk`, unless a later holder of the lock wrote one of them. */
export async function clearRows(table: MetaTable, fence: Fence, pk: string, prefix = ''): Promise<void> {
  let batch: RowKey[] = [];
  const flush = async () => {
    await Promise.all(batch.map((key) => deleteFenced(table, fence, key)));
    batch = [];
  };
  for await (const key of table.query(pk, { prefix })) {
    batch.push(key);
    if (batch.length >= AT_ONCE) await flush();
  }
  await flush();
}
