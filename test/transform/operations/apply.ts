import type { RawItem } from '../../../src/item/attribute-value.js';
import type { Operation } from '../../../src/transform/operation.js';
import { applyTransform } from '../../../src/transform/transform.js';
import { awkwardItem, deepCopy } from '../../item/awkward-values.js';

/** What an operation makes of an item, alone and with nothing beside it. */
export function apply(operation: Operation, item: RawItem): RawItem {
  return applyTransform({ operations: [operation] }, item).item;
}

/** The same beside an awkward item, all of whose attributes must stay the very values they were. */
export function applyBesideOthers(operation: Operation, item: RawItem): RawItem {
  const whole = { ...awkwardItem, ...item };
  const before = deepCopy(whole);
  const result = apply(operation, whole);
  const rest: Record<string, unknown> = { ...result };
  for (const [name, value] of Object.entries(awkwardItem)) {
    if (!Object.hasOwn(result, name) || result[name] !== value) throw new Error(`\`${name}\` did not stay as it was`);
    delete rest[name];
  }
  if (JSON.stringify(whole) !== JSON.stringify(before)) throw new Error('the item that went in was modified');
  return rest as RawItem;
}

/** The names that an operation's result depends on. */
export function readsOf(operation: Operation, item: RawItem): string[] {
  return [...applyTransform({ operations: [operation] }, item).reads].sort();
}

/** Applies an operation and then its inverse. */
export function roundTrip(operation: Operation, item: RawItem): RawItem {
  if ('none' in operation.inverse) throw new Error(`${operation.description} has no inverse`);
  return apply(operation.inverse.operation(), apply(operation, item));
}

/** The error of a call, as an object to match. */
export function errorOf(call: () => unknown): { code?: string; message: string; fix?: string; cause?: unknown } {
  try {
    call();
  } catch (error) {
    return error as { message: string };
  }
  throw new Error('no error was thrown');
}
