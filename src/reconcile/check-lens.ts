import { isMigrateError, type MigrateError } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { differingAttributes } from './differing-attributes.js';
import { type Down, oldFormOf, reverseMapping } from './lens.js';
import { type Mapping, sameKeyOf, targetItemsOf } from './mapping.js';

/**
 * What a target item loses on its way through the old table and back, `up(down(item, undefined))`: nothing (`kept`),
 * attributes (their names), or everything, because one of the two throws. Where an item loses anything, the move is
 * "rollback lossy".
 *
 * @throws MigrateError `INTERNAL` for a move that changes keys.
 */
export function lensLoss(mapping: Mapping, down: Down, item: RawItem): 'kept' | readonly string[] | MigrateError {
  const unit = sameKeyOf(item, reverseMapping(mapping));
  try {
    const [back] = targetItemsOf(unit, oldFormOf(item, undefined, mapping, down), mapping);
    const names = differingAttributes(back?.item ?? {}, item);
    return names.length === 0 ? 'kept' : names;
  } catch (error) {
    if (isMigrateError(error)) return error;
    throw error;
  }
}
