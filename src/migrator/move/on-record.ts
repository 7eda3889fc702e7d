import type { RawItem } from '../../item/attribute-value.js';
import { keyId } from '../../item/key.js';
import type { Direction } from '../../ledger/rows.js';
import type { Difference } from '../../reconcile/difference.js';
import type { Mapping } from '../../reconcile/mapping.js';
import type { Migrator } from '../migrator.js';

/**
 * Those of the differences whose keys are to be reconciled once more in any case: by a batch under way, or because one
 * was cut off, or because a write of it may have landed late.
 */
export async function onRecord(
  { obligations }: Pick<Migrator, 'obligations'>,
  { id, mapping }: { readonly id: string; readonly mapping: Mapping },
  direction: Direction,
  differences: readonly Difference[],
): Promise<Difference[]> {
  const nameOf = (source: RawItem, target: RawItem) =>
    JSON.stringify([keyId(source, mapping.sourceKeys), keyId(target, mapping.targetKeys)]);
  const recorded = new Set<string>();
  for await (const { stored } of obligations.listAll(id, { direction, kind: 'reconcile' })) {
    if (stored.obligation.kind !== 'reconcile') continue;
    for (const { unit, keys } of stored.obligation.intents) {
      // Downwards, a unit is an item of the target.
      for (const key of keys) recorded.add(direction === 'up' ? nameOf(unit, key) : nameOf(key, unit));
    }
  }
  return differences.filter(({ unit, key }) => unit && key && recorded.has(nameOf(unit, key)));
}
