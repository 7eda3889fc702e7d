import type { KeyNames } from '../../item/attribute-value.js';
import { keyId } from '../../item/key.js';
import type { Direction } from '../../ledger/rows.js';
import type { Unit } from '../../reconcile/ports.js';
import type { Migrator } from '../migrator.js';

export interface OnRecordOptions {
  readonly id: string;
  readonly direction: Direction;
  /** Of the table that leads. */
  readonly keyNames: KeyNames;
}

/**
 * Those of the units that are to be reconciled once more in any case: by a batch under way, or because one was cut off,
 * or because a write of theirs may have landed late.
 */
export async function onRecord(
  { obligations }: Pick<Migrator, 'obligations'>,
  { id, direction, keyNames }: OnRecordOptions,
  units: readonly Unit[],
): Promise<Unit[]> {
  const ids = new Set<string>();
  for await (const listed of obligations.listAll(id)) {
    const { obligation } = listed.stored;
    if (listed.direction !== direction || obligation.kind !== 'reconcile') continue;
    for (const { unit } of obligation.intents) ids.add(keyId(unit, keyNames));
  }
  return units.filter(({ unit }) => ids.has(keyId(unit, keyNames)));
}
