import { MigrateError } from '../errors.js';
import { type AttributeValue, rawItem } from '../item/attribute-value.js';
import { fromJavaScript } from '../item/from-javascript.js';
import { toJavaScript } from '../item/to-javascript.js';
import type { Draft } from './draft.js';

/** An item as the functions of a migration see it. */
export interface ItemView {
  /** A read-only object of plain values, converted when they are looked at. */
  readonly item: Readonly<Record<string, unknown>>;
  /**
   * The attribute whose list, map or set the function modified while reading it, if there is one. Those are copies,
   * so such a change would be lost unless the function returns it.
   */
  modified(): string | undefined;
}

/** Opens a view of a draft. What is read through it counts as read by the transform. */
export function openView(draft: Draft): ItemView {
  const copies = new Map<string, Copy>();
  const read = (name: string): unknown => {
    const raw = draft.get(name);
    if (raw === undefined) return undefined;
    const known = copies.get(name);
    if (known !== undefined) return known.value;
    const value = toJavaScript(raw);
    // One copy an attribute: `item.tags === item.tags`, and a change to it is seen by whoever reads on.
    if (typeof value === 'object') copies.set(name, { raw, value });
    return value;
  };
  return {
    item: new Proxy(createTarget(draft), createTraps(draft, read)),
    modified: () => [...copies].find(([name, copy]) => isModified(name, copy))?.[0],
  };
}

interface Copy {
  readonly raw: AttributeValue;
  readonly value: unknown;
}

function isModified(name: string, { raw, value }: Copy): boolean {
  return fromJavaScript(value, raw, name) !== raw;
}

/** Node's `console.log` looks past a proxy at its target; this shows it the item, and reads nothing. */
function createTarget(draft: Draft): Record<string, unknown> {
  const inspect = () =>
    Object.fromEntries(Object.entries(rawItem(draft.toItem())).map(([n, raw]) => [n, toJavaScript(raw)]));
  return Object.defineProperty({}, Symbol.for('nodejs.util.inspect.custom'), { value: inspect, configurable: true });
}

function createTraps(draft: Draft, read: (name: string) => unknown): ProxyHandler<Record<string, unknown>> {
  const refuse = (_target: object, name?: string | symbol | object | null): never => {
    const what = typeof name === 'string' ? `\`${name}\` of the item` : 'the item';
    throw new MigrateError('TRANSFORM_FAILED', `the function changes ${what} that it was given`, {
      fix: 'return a new object instead: `{ ...item, name: value }`; leave an attribute out to remove it',
    });
  };
  return {
    // An attribute hides what every object inherits (`constructor`), as on a plain object.
    get: (target, name) => {
      if (typeof name === 'symbol') return Reflect.get(target, name);
      return draft.has(name) ? read(name) : Reflect.get(target, name);
    },
    has: (target, name) => (typeof name === 'symbol' ? Reflect.has(target, name) : draft.has(name)),
    ownKeys: () => [...draft.names()],
    getOwnPropertyDescriptor: (_target, name) => {
      if (typeof name === 'symbol' || !draft.has(name)) return undefined;
      return { value: read(name), writable: true, enumerable: true, configurable: true };
    },
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: (target) => refuse(target),
    preventExtensions: (target) => refuse(target),
  };
}
