import type { RawItem } from '../../src/item/attribute-value.js';
import type { Mapping } from '../../src/reconcile/mapping.js';
import { addedOwner, naturalOwner } from '../../src/reconcile/owner.js';
import { onRawItems } from '../support/on-raw-items.js';
import type { Scenario } from './explorer.js';
import { backfillProgram, deliveryProgram, type ProgramOptions, settleProgram } from './programs.js';

const sourceKeys = { partitionKey: 'id' };

/** The image decides what becomes of an item: `F…` is left out, `P…` has no target form. */
function image(item: RawItem): string {
  const value = item.v;
  return value && 'S' in value ? value.S : '';
}

function poison(text: string): void {
  if (text.startsWith('P')) throw new Error('no target form');
}

/** The target key is the source key. */
export const sameKey: Mapping = {
  up: onRawItems((item) => {
    poison(image(item));
    return image(item).startsWith('F') ? [] : [{ id: item.id ?? { S: '' }, w: { S: image(item) } }];
  }),
  sourceKeys,
  targetKeys: { partitionKey: 'id' },
};

/** One target item for each letter of the image up to a digit: `x1` has the key x, `xy` is split into x and y. */
function letters(item: RawItem): RawItem[] {
  const text = image(item);
  poison(text);
  if (text.startsWith('F')) return [];
  const keys = text.replace(/\d+$/, '');
  return [...keys].map((to) => ({ to: { S: to }, id: item.id ?? { S: '' }, w: { S: text } }));
}

export const rekeyed: Mapping = {
  up: onRawItems(letters),
  sourceKeys,
  targetKeys: { partitionKey: 'to' },
  owner: naturalOwner(sourceKeys, {}),
};

/** The same without the source key in the items: `_src` names it. */
export const rekeyedBySource: Mapping = {
  up: onRawItems((item) => letters(item).map(({ id: _, ...rest }) => rest as RawItem)),
  sourceKeys,
  targetKeys: { partitionKey: 'to' },
  owner: addedOwner(sourceKeys),
};

/** A scenario that runs the production programs, whole or without a rule. */
export function production(
  options: ProgramOptions & Pick<Scenario, 'initial' | 'bounds'> & Partial<Scenario>,
): Scenario {
  return {
    backfill: backfillProgram(options),
    delivery: (records) => deliveryProgram(records, options),
    settle: settleProgram(options),
    ...options,
  };
}
