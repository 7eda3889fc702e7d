import { MigrateError } from '../errors.js';
import { attributeOf } from '../item/attribute.js';
import { type AnyItem, type KeyNames, type RawItem, rawItem } from '../item/attribute-value.js';
import { equalValues } from '../item/equal.js';
import { keyOf } from '../item/key.js';

/** How a target item names the source item that it was made of. */
export interface Owner {
  /** The attributes that all target items of a unit have, and no item of another unit. */
  markOf(unit: RawItem): RawItem;
  /** A target item of a unit with its mark. Throws `ITEM_INVALID` where the item says something else. */
  sign<T extends AnyItem>(item: T, unit: RawItem): T | RawItem;
  /** The unit whose mark an item bears; `undefined` where it bears none. */
  unitOf(item: RawItem): RawItem | undefined;
}

/**
 * The source key lives on in attributes of every target item, as `names` says: source attribute to target attribute.
 * Nothing has to be added to the items.
 */
export function naturalOwner(sourceKeys: KeyNames, names: Readonly<Record<string, string>>): Owner {
  const pairs = keyNamesOf(sourceKeys).map((name) => [name, names[name] ?? name] as const);
  const markOf = (unit: RawItem) => translate(unit, pairs);
  return {
    markOf,
    sign(item, unit) {
      for (const [name, value] of Object.entries(markOf(unit))) {
        const found = attributeOf(item, name);
        if (found === undefined || !equalValues(found, value)) {
          throw new MigrateError('ITEM_INVALID', `the transform does not keep the source key in \`${name}\``, {
            fix: 'let every target item carry the key attributes of its source item unchanged',
          });
        }
      }
      return item;
    },
    unitOf(item) {
      if (pairs.some(([, name]) => attributeOf(item, name) === undefined)) return undefined;
      return translate(
        item,
        pairs.map(([source, target]) => [target, source] as const),
      );
    },
  };
}

/** The attribute that names the source where no attribute of the items themselves does. */
export const sourceAttribute = '_src';

/** The source key is added to every target item, as the map `_src`. */
export function addedOwner(sourceKeys: KeyNames): Owner {
  const markOf = (unit: RawItem): RawItem => ({ [sourceAttribute]: { M: { ...keyOf(unit, sourceKeys) } } });
  return {
    markOf,
    sign(item, unit) {
      if (attributeOf(item, sourceAttribute) !== undefined) {
        throw new MigrateError('ITEM_INVALID', `the item has an attribute \`${sourceAttribute}\` of its own`, {
          fix: `rename \`${sourceAttribute}\` in the transform: until \`complete\` it names the source item`,
        });
      }
      return { ...rawItem(item), ...markOf(unit) };
    },
    unitOf(item) {
      const mark = attributeOf(item, sourceAttribute);
      return mark !== undefined && 'M' in mark ? mark.M : undefined;
    },
  };
}

function keyNamesOf({ partitionKey, sortKey }: KeyNames): string[] {
  return sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
}

function translate(item: RawItem, pairs: readonly (readonly [string, string])[]): RawItem {
  return Object.fromEntries(
    pairs.flatMap(([from, to]) => {
      const value = attributeOf(item, from);
      return value === undefined ? [] : [[to, value] as const];
    }),
  );
}
