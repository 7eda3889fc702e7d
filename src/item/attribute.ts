import type { AttributeValue, RawItem } from './attribute-value.js';

/**
 * The value of an attribute, `undefined` where the item has none. Names such as `constructor` and `__proto__` are
 * attributes like any other; a plain `item[name]` would answer with what every object inherits.
 */
export function attributeOf(item: RawItem, name: string): AttributeValue | undefined {
  const value = item[name];
  // What every object inherits are functions, but for `__proto__`; to ask for that alone takes half the time.
  return typeof value === 'object' && (name !== '__proto__' || Object.hasOwn(item, name)) ? value : undefined;
}

/** Sets an own property whatever its name; assigning to `__proto__` would replace the prototype instead. */
export function setOwn<V>(target: Record<string, V>, name: string, value: V): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}
