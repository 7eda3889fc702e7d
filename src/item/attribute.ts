import { type AnyItem, type AttributeValue, isText, type RawItem } from './attribute-value.js';

/**
 * The value of an attribute, `undefined` where the item has none. Names such as `constructor` and `__proto__` are
 * attributes like any other; a plain `item[name]` would answer with what every object inherits.
 */
export function attributeOf(item: AnyItem, name: string): AttributeValue | undefined {
  return isText(item) ? item.attribute(name) : ownAttribute(item, name);
}

/** The same for what is known to be a raw item. */
export function ownAttribute(item: RawItem, name: string): AttributeValue | undefined {
  const value = item[name];
  // What every object inherits are functions, but for `__proto__`; to ask for that alone takes half the time.
  return typeof value === 'object' && (name !== '__proto__' || Object.hasOwn(item, name)) ? value : undefined;
}

/** The names of the attributes that an item has. */
export function namesOf(item: AnyItem): string[] {
  return isText(item) ? item.names() : Object.keys(item);
}

/** Sets an own property whatever its name; assigning to `__proto__` would replace the prototype instead. */
export function setOwn<V>(target: Record<string, V>, name: string, value: V): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

/** An item with other values of some attributes, and without those that are `undefined`. */
export function changedItem(item: RawItem, changes: Readonly<Record<string, AttributeValue | undefined>>): RawItem {
  const result: Record<string, AttributeValue> = {};
  for (const name in item) keep(result, name, Object.hasOwn(changes, name) ? changes[name] : item[name]);
  for (const name in changes) if (!Object.hasOwn(item, name)) keep(result, name, changes[name]);
  return result;
}

function keep(result: Record<string, AttributeValue>, name: string, value: AttributeValue | undefined): void {
  if (value !== undefined) setOwn(result, name, value);
}
