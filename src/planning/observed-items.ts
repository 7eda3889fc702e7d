import type { MigrateError } from '../errors.js';
import type { KeyNames, RawItem } from '../item/attribute-value.js';
import { equalItems } from '../item/equal.js';
import { formatKey, keyId, keyOf } from '../item/key.js';
import { itemSize, maxItemSize } from '../item/size.js';
import { itemExample } from './item-example.js';
import type { ItemExample, ItemsPlan } from './migration-plan.js';
import type { ReadTable } from './read-table.js';
import type { TableShape } from './table-shape.js';
import { writeCost } from './write-cost.js';

/** How many of each kind are shown. */
const maxExamples = 3;
const maxFailures = 5;
/** Keys that are remembered to find two of the same: some hundred MB at most. */
const maxClaims = 1_000_000;

export interface ObservedItemsOptions {
  /** The keys of the items that are read. */
  readonly keyNames: KeyNames;
  /** The table that is written. */
  readonly target: TableShape;
  /** Show values of items. */
  readonly values: boolean;
  /** Whether items get another key, so that two may claim one. */
  readonly claims?: KeyNames | undefined;
}

/** Gathers what `plan` tells of items while they are read. */
export function observeItems({ keyNames, target, values, claims }: ObservedItemsOptions) {
  const count = { changed: 0, leftOut: 0, failed: 0 };
  const units = { table: 0, indexes: target.indexes.map(() => 0) };
  const bytes = { before: 0, after: 0 };
  const examples: ItemExample[] = [];
  const failures: ItemsPlan['failures'][number][] = [];
  const round = { tried: 0, differing: 0, examples: [] as ItemExample[] };
  const claimants = new Map<string, string[]>();
  let idempotent = true;
  let largest: ItemsPlan['largest'] = null;

  const nameOf = (item: RawItem) => formatKey(keyOf(item, keyNames));

  return {
    count,
    units,
    bytes,
    read(item: RawItem) {
      bytes.before += itemSize(item);
    },
    unchanged(item: RawItem) {
      bytes.after += itemSize(item);
    },
    leftOut(writeUnits: number) {
      count.leftOut += 1;
      units.table += writeUnits;
    },
    failed(item: RawItem, { code, message }: Pick<MigrateError, 'code' | 'message'>) {
      count.failed += 1;
      bytes.after += itemSize(item);
      if (code === 'NOT_IDEMPOTENT') idempotent = false;
      if (failures.length < maxFailures) failures.push({ key: nameOf(item), code, message });
    },
    /** An item that leads to these; `existing` is what each replaces. */
    changed(item: RawItem, results: readonly RawItem[], existing: RawItem | undefined) {
      count.changed += 1;
      for (const after of results) {
        const size = itemSize(after);
        bytes.after += size;
        if (!largest || size > largest.bytes) largest = { key: nameOf(item), bytes: size, limit: maxItemSize };
        const cost = writeCost(target, existing, after);
        units.table += cost.table;
        for (const [index, one] of cost.indexes.entries()) units.indexes[index] = (units.indexes[index] ?? 0) + one;
        if (examples.length < maxExamples) examples.push(itemExample(nameOf(item), item, after, values));
        if (claims && claimants.size < maxClaims) {
          const id = keyId(after, claims);
          claimants.set(id, [...(claimants.get(id) ?? []), nameOf(item)]);
        }
      }
    },
    /** What came of taking a change back. */
    roundTrip(item: RawItem, back: RawItem | undefined) {
      round.tried += 1;
      if (back && equalItems(back, item)) return;
      round.differing += 1;
      if (round.examples.length < maxExamples) {
        round.examples.push(itemExample(nameOf(item), item, back ?? {}, values));
      }
    },
    /** Scaled up to the whole table where only a sample was read. */
    plan(read: ReadTable, hasWayBack: boolean, isRepeatable: boolean): ItemsPlan {
      const { total, scanned, complete } = read;
      return {
        total,
        bytes: Math.round(bytes.before * scale(read)),
        sampled: scanned,
        complete,
        ...count,
        failures,
        examples,
        roundTrip: hasWayBack ? round : null,
        idempotent: isRepeatable ? idempotent : null,
        largest,
        collisions: [...claimants]
          .filter(([, names]) => names.length > 1)
          .slice(0, maxFailures)
          .map(([key, names]) => ({ key, claimants: names })),
      };
    },
  };
}

/** From what was read to the whole table. */
export function scale({ total, scanned }: ReadTable): number {
  return scanned === 0 ? 0 : total / scanned;
}
