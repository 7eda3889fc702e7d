import { attributeOf } from '../item/attribute.js';
import type { Draft } from './draft.js';
import type { Passage } from './operation.js';

/** Takes an attribute away, unless the old item had it before the operation: then it stays as the new item has it. */
export function keepIfOld(draft: Draft, name: string, old: Passage | undefined): void {
  if (old === undefined || attributeOf(old.before, name) === undefined) draft.remove(name);
}

/** Gives an attribute the value that it had before the operation, if the old item had it at all. */
export function takeOld(draft: Draft, name: string, old: Passage | undefined): void {
  const value = old && attributeOf(old.before, name);
  if (value === undefined) draft.remove(name);
  else draft.set(name, value);
}
