import { attributeOf, changedItem, namesOf, setOwn } from '../item/attribute.js';
import { type AnyItem, type AttributeValue, isText, type RawItem } from '../item/attribute-value.js';
import { equalOrAbsent } from '../item/equal.js';

/**
 * One item while a transform works on it. It notes every attribute that an operation looks at: the in-place
 * rewrite is conditional on those, so a decision taken on a value (or on its absence) is void once that changed.
 */
export interface Draft<T extends AnyItem = AnyItem> {
  /** Every attribute looked at or written so far, whether the item has it or not; each once. */
  readonly reads: readonly string[];
  has(name: string): boolean;
  get(name: string): AttributeValue | undefined;
  /** The attributes there are now. Looking at the list is looking at each. */
  names(): readonly string[];
  set(name: string, value: AttributeValue): void;
  remove(name: string): void;
  /** The item as it is now: the very item that went in if nothing differs. */
  toItem(): T | RawItem;
}

/** Starts work on `item`, which is never modified. */
export function createDraft<T extends AnyItem>(item: T): Draft<T> {
  return new ItemDraft(item);
}

/**
 * A class, as there is one for each item: closures would be made anew for each. And its tables are plain objects: for
 * the few names of a chain they take a fraction of what a Map and a Set do.
 */
class ItemDraft<T extends AnyItem> implements Draft<T> {
  readonly #item: T;
  readonly #reads: Record<string, true> = {};
  /** What was written so far, with its own spelling; `undefined` is a removed attribute. */
  readonly #changes: Changes = {};

  constructor(item: T) {
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
    return [...new Set([...namesOf(this.#item), ...Object.keys(this.#changes)])].filter((name) => this.has(name));
  }

  // Writing looks as well: whether this is a change at all depends on what is there.
  set(name: string, value: AttributeValue): void {
    setOwn(this.#reads, name, true);
    setOwn<Change>(this.#changes, name, value);
  }

  remove(name: string): void {
    setOwn(this.#reads, name, true);
    setOwn<Change>(this.#changes, name, undefined);
  }

  toItem(): T | RawItem {
    const item: AnyItem = this.#item;
    const changes = this.#differing();
    if (!changes) return this.#item;
    return isText(item) ? (item.with(changes) as T) : changedItem(item, changes);
  }

  /** What differs from the item that went in. An equal value is no change: the item keeps its own spelling (`1.0`). */
  #differing(): Changes | undefined {
    let differing: Changes | undefined;
    for (const name in this.#changes) {
      const now = this.#changes[name];
      if (equalOrAbsent(attributeOf(this.#item, name), now)) continue;
      differing ??= {};
      setOwn<Change>(differing, name, now);
    }
    return differing;
  }

  #current(name: string): AttributeValue | undefined {
    return Object.hasOwn(this.#changes, name) ? this.#changes[name] : attributeOf(this.#item, name);
  }
}

type Change = AttributeValue | undefined;
type Changes = Record<string, Change>;
