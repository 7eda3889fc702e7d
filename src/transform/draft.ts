import { attributeOf, setOwn } from '../item/attribute.js';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import { equalValues } from '../item/equal.js';

/**
 * One item while a transform works on it. It notes every attribute that an operation looks at: the in-place
 * rewrite is conditional on those, so a decision taken on a value (or on its absence) is void once that changed.
 */
export interface Draft {
  /** Every attribute looked at or written so far, whether the item has it or not. */
  readonly reads: ReadonlySet<string>;
  has(name: string): boolean;
  get(name: string): AttributeValue | undefined;
  /** The attributes there are now. Looking at the list is looking at each. */
  names(): readonly string[];
  set(name: string, value: AttributeValue): void;
  remove(name: string): void;
  /** The item as it is now: the very item that went in if nothing differs. */
  toItem(): RawItem;
}

/** Starts work on `item`, which is never modified. */
export function createDraft(item: RawItem): Draft {
  const reads = new Set<string>();
  // What was written so far, with its own spelling; `undefined` is a removed attribute.
  const changes = new Map<string, AttributeValue | undefined>();

  const get = (name: string): AttributeValue | undefined => {
    reads.add(name);
    return changes.has(name) ? changes.get(name) : attributeOf(item, name);
  };

  return {
    reads,
    get,
    has: (name) => get(name) !== undefined,
    names: () => {
      const added = [...changes.keys()].filter((name) => !Object.hasOwn(item, name));
      return [...Object.keys(item), ...added].filter((name) => get(name) !== undefined);
    },
    // Writing looks as well: whether this is a change at all depends on what is there.
    set: (name, value) => {
      reads.add(name);
      changes.set(name, value);
    },
    remove: (name) => {
      reads.add(name);
      changes.set(name, undefined);
    },
    toItem: () => withChanges(item, changes),
  };
}

function withChanges(item: RawItem, changes: ReadonlyMap<string, AttributeValue | undefined>): RawItem {
  const real = [...changes].filter(([name, value]) => differs(attributeOf(item, name), value));
  if (real.length === 0) return item;
  const replaced = new Set(real.map(([name]) => name));
  const result: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(item)) {
    if (!replaced.has(name)) setOwn(result, name, value);
  }
  for (const [name, value] of real) {
    if (value !== undefined) setOwn(result, name, value);
  }
  return result;
}

/** An equal value is no change: the item keeps its own spelling of it (`1.0`). */
function differs(before: AttributeValue | undefined, after: AttributeValue | undefined): boolean {
  return before === undefined || after === undefined ? before !== after : !equalValues(before, after);
}
