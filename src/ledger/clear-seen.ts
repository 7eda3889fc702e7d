import type { Fence } from './fenced-write.js';
import type { MetaTable } from './meta-table.js';

/**
 * Deletes every row under `pk`, each as it was seen, whatever the token that it carries: for rows that are fenced by
 * other leases than the caller's. Whoever calls has made sure that those have ended.
 */
export async function clearSeen(table: MetaTable, fence: Pick<Fence, 'assertHeld'>, pk: string): Promise<void> {
  for (let isEmpty = false; !isEmpty; ) {
    isEmpty = true;
    for await (const { sk, token, write } of table.query(pk)) {
      isEmpty = false;
      fence.assertHeld();
      // A request of ours that lands late deletes nothing that was written since.
      await table.delete(
        { pk, sk },
        { kind: 'equals', attributes: { token: numberOf(token), write: numberOf(write) } },
      );
    }
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
