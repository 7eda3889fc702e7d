import { attributeOf, setOwn } from '../item/attribute.js';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import { equalValues } from '../item/equal.js';

/**
 * One item while a transform works on it. It notes every attribute that an operation looks at: the in-place
 * rewrite is conditional on those, so a decision taken on a value (or on its absence) is void once that changed.
 */
export interface Draft {
  /** Every attribute looked at or written so far, whether the item has it or not; each once. */
  readonly reads: readonly string[];
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

/**
 * A class, as there is one for each item: closures would be made anew for each. And its tables are plain objects: for
 * the few names of a chain they take a fraction of what a Map and a Set do.
 */
class ItemDraft implements Draft {
  readonly #item: RawItem;
  readonly #reads: Record<string, true> = {};
  /** What was written so far, with its own spelling; `undefined` is a removed attribute. */
  readonly #changes: Record<string, AttributeValue | undefined> = {};

  constructor(item: RawItem) {
    this.#item = item;
  }

  get reads(): readonly string[] {
    return Object.keys(this.#reads);
  }

  get(name: string): AttributeValue | undefined {
    setOwn(this.#reads, name, true);
    return this.#current(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  names(): readonly string[] {
    const added = Object.keys(this.#changes).filter((name) => !Object.hasOwn(this.#item, name));
    return [...Object.keys(this.#item), ...added].filter((name) => this.has(name));
  }

  // Writing looks as well: whether this is a change at all depends on what is there.
  set(name: string, value: AttributeValue): void {
    setOwn(this.#reads, name, true);
    setOwn(this.#changes, name, value);
  }

  remove(name: string): void {
    setOwn(this.#reads, name, true);
    setOwn(this.#changes, name, undefined);
  }

  toItem(): RawItem {
    const item = this.#item;
    const changes = this.#changes;
    let isSame = true;
    for (const name in changes) isSame &&= !differs(attributeOf(item, name), changes[name]);
    if (isSame) return item;
    const result: Record<string, AttributeValue> = {};
    for (const name in item) {
      const now = this.#current(name);
      keep(result, name, differs(item[name], now) ? now : item[name]);
    }
    for (const name in changes) if (!Object.hasOwn(item, name)) keep(result, name, changes[name]);
    return result;
  }

  #current(name: string): AttributeValue | undefined {
    return Object.hasOwn(this.#changes, name) ? this.#changes[name] : attributeOf(this.#item, name);
  }
}

function keep(result: Record<string, AttributeValue>, name: string, value: AttributeValue | undefined): void {
  if (value !== undefined) setOwn(result, name, value);
}

/** An equal value is no change: the item keeps its own spelling of it (`1.0`). */
function differs(before: AttributeValue | undefined, after: AttributeValue | undefined): boolean {
  return before === undefined || after === undefined ? before !== after : !equalValues(before, after);
}
