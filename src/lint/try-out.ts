import type { InPlaceMigration } from '../definition/define-in-place.js';
import type { MoveMigration } from '../definition/define-move.js';
import { isMigrateError, type MigrateError } from '../errors.js';
import { attributeOf } from '../item/attribute.js';
import type { RawItem } from '../item/attribute-value.js';
import { equalValues } from '../item/equal.js';
import { itemSize } from '../item/size.js';
import { applyTransform, assertIdempotent } from '../transform/transform.js';
import { callElsewhere } from './elsewhere.js';
import { madeUpItem } from './made-up-item.js';
import type { ParsedFile } from './source-facts.js';

/** What came of a transform on a made-up item. */
export interface Trial {
  /** Attributes that came out otherwise in another place, at another time. */
  readonly differing: readonly string[];
  /** Bytes that the item grew by; 0 where it did not. */
  readonly growth: number;
  /** What is wrong whatever the item is: a promise, or a second application that changes the result. */
  readonly invalid: MigrateError | undefined;
}

const nothing: Trial = { differing: [], growth: 0, invalid: undefined };
const here = { now: Date.UTC(2024, 1, 29, 23, 59), random: 0.1, timeZone: 'Asia/Kolkata' };
const there = { now: Date.UTC(2031, 6, 1, 0, 1), random: 0.9, timeZone: 'America/Caracas' };

/**
 * Applies a transform twice to an item that its types describe, as if at two times and places. A made-up item need not
 * be one that the table has, so a transform that fails on it says nothing.
 */
export function tryOut(definition: InPlaceMigration | MoveMigration, source: ParsedFile): Trial {
  const item = madeUpItem(definition, source);
  if (!item) return nothing;
  const apply = (): readonly RawItem[] =>
    definition.kind === 'move' ? definition.apply(item) : [applyTransform(definition.up, item).item];
  try {
    const first = callElsewhere(here, apply);
    const second = callElsewhere(there, apply);
    if (definition.kind === 'in-place' && first[0]) assertIdempotent(definition.up, first[0]);
    return {
      differing: [...new Set(first.flatMap((one, index) => differences(one, second[index])))],
      growth: Math.max(0, ...first.map((one) => itemSize(one) - itemSize(item))),
      invalid: undefined,
    };
  } catch (error) {
    const isInvalid = isMigrateError(error, 'NOT_IDEMPOTENT', 'TRANSFORM_ASYNC');
    return isInvalid ? { ...nothing, invalid: error } : nothing;
  }
}

function differences(one: RawItem, other: RawItem | undefined): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other ?? {})]);
  return [...names].filter((name) => {
    const [a, b] = [attributeOf(one, name), other && attributeOf(other, name)];
    return a === undefined || b === undefined ? a !== b : !equalValues(a, b);
  });
}
