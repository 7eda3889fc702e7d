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
  return new ItemDraft(item);
}

/** A class, as there is one for each item: closures would be made anew for each. */
class ItemDraft implements Draft {
  readonly reads = new Set<string>();
  readonly #item: RawItem;
  /** What was written so far, with its own spelling; `undefined` is a removed attribute. */
  readonly #changes = new Map<string, AttributeValue | undefined>();

  constructor(item: RawItem) {
    this.#item = item;
  }

  get(name: string): AttributeValue | undefined {
    this.reads.add(name);
    return this.#changes.get(name) ?? (this.#changes.has(name) ? undefined : attributeOf(this.#item, name));
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  names(): readonly string[] {
    const added = [...this.#changes.keys()].filter((name) => !Object.hasOwn(this.#item, name));
    return [...Object.keys(this.#item), ...added].filter((name) => this.has(name));
  }

  // Writing looks as well: whether this is a change at all depends on what is there.
  set(name: string, value: AttributeValue): void {
    this.reads.add(name);
    this.#changes.set(name, value);
  }

  remove(name: string): void {
    this.reads.add(name);
    this.#changes.set(name, undefined);
  }

  toItem(): RawItem {
    const item = this.#item;
    const replaced = new Set<string>();
    for (const [name, value] of this.#changes) if (differs(attributeOf(item, name), value)) replaced.add(name);
    if (replaced.size === 0) return item;
    const result: Record<string, AttributeValue> = {};
    for (const name in item) if (!replaced.has(name)) setOwn(result, name, item[name] as AttributeValue);
    for (const name of replaced) {
      const value = this.#changes.get(name);
      if (value !== undefined) setOwn(result, name, value);
    }
    return result;
  }
}

/** An equal value is no change: the item keeps its own spelling of it (`1.0`). */
function differs(before: AttributeValue | undefined, after: AttributeValue | undefined): boolean {
  return before === undefined || after === undefined ? before !== after : !equalValues(before, after);
}
