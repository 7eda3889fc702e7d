import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMigrateError } from '../../src/errors.js';
import type { RawItem } from '../../src/item/attribute-value.js';
import { equalItems } from '../../src/item/equal.js';
import { toJavaScript } from '../../src/item/to-javascript.js';
import type { Operation } from '../../src/transform/operation.js';
import { add } from '../../src/transform/operations/add.js';
import { convert } from '../../src/transform/operations/convert.js';
import { copy } from '../../src/transform/operations/copy.js';
import { filter } from '../../src/transform/operations/filter.js';
import { nest } from '../../src/transform/operations/nest.js';
import { remove } from '../../src/transform/operations/remove.js';
import { rename } from '../../src/transform/operations/rename.js';
import { unnest } from '../../src/transform/operations/unnest.js';
import { restoreTransform } from '../../src/transform/restore-transform.js';
import { spreadItem } from '../../src/transform/spread-item.js';
import { anyChain, anyOperation, item, members, wrap } from './move-arbitraries.js';
import { attributeValue, itemOf, type Plain } from './transform-arbitraries.js';

const runs = { numRuns: 500 };

/** The new item of an old one; nothing where the old one is refused or left out. */
function up(operations: readonly Operation[], old: RawItem): RawItem | undefined {
  return attempt(() => spreadItem({ operations }, old)[0]);
}

/** Nothing where an item is refused; only the refusals that an operation may make. */
function attempt<R>(call: () => R): R | undefined {
  try {
    return call();
  } catch (error) {
    if (isMigrateError(error, 'ATTRIBUTE_COLLISION', 'ITEM_INVALID', 'TRANSFORM_FAILED')) return undefined;
    throw error;
  }
}

function down(operations: readonly Operation[], now: RawItem, old: RawItem | undefined): RawItem {
  const way = restoreTransform({ operations });
  if ('irreversible' in way) throw new Error(way.irreversible);
  return way.restore(now, old);
}

/** What the source of a move has to hold for a target item. */
function put(operations: readonly Operation[], now: RawItem, old: RawItem): RawItem {
  const made = up(operations, old);
  return made !== undefined && equalItems(made, now) ? old : down(operations, now, old);
}

function expectEqual(found: RawItem | undefined, wanted: RawItem): void {
  if (found === undefined || !equalItems(found, wanted)) expect(found).toStrictEqual(wanted);
}

/** `changed` with the value of `other` taken from somewhere else. */
function withOther(one: RawItem, value: RawItem[string] | undefined): RawItem {
  const { other: _gone, ...rest } = one;
  return value === undefined ? rest : { ...rest, other: value };
}

describe('the derived `down` of a move', () => {
  it('gives back the old item where nothing changed, by itself too', () => {
    fc.assert(
      fc.property(anyChain, item, (operations, old) => {
        const made = up(operations, old);
        fc.pre(made !== undefined);
        expect(put(operations, made, old)).toBe(old);
        expectEqual(down(operations, made, old), old);
      }),
      runs,
    );
  });

  it('carries over a change of one attribute, and keeps all that the new item lacks', () => {
    fc.assert(
      fc.property(anyChain, item, fc.option(attributeValue, { nil: undefined }), (operations, old, value) => {
        const made = up(operations, old);
        fc.pre(made !== undefined);
        expectEqual(put(operations, withOther(made, value), old), withOther(old, value));
      }),
      runs,
    );
  });

  it('modifies neither item, and also takes items that have no old form', () => {
    fc.assert(
      fc.property(anyChain, item, fc.option(item, { nil: undefined }), (operations, now, old) => {
        const before = JSON.stringify([now, old]);
        attempt(() => down(operations, now, old));
        expect(JSON.stringify([now, old])).toBe(before);
      }),
      runs,
    );
  });

  it('comes to rest: the old form that it gives is the old form of the same item once more', () => {
    fc.assert(
      fc.property(fc.tuple(anyOperation), item, fc.option(item, { nil: undefined }), (operations, other, old) => {
        const now = up(operations, other);
        fc.pre(now !== undefined);
        const once = attempt(() => (old === undefined ? down(operations, now, old) : put(operations, now, old)));
        fc.pre(once !== undefined);
        expectEqual(put(operations, now, once), once);
      }),
      runs,
    );
  });

  it('leads to the new item again, whatever the old one was', () => {
    const source = itemOf(['a', 'b', 'c', '__proto__', 'm'], fc.oneof(attributeValue, members));
    const single = fc.constantFrom<Operation[]>(
      [rename('a', 'x')],
      [rename('a', 'b', { onCollision: 'keep' })],
      [rename('a', 'b', { onCollision: 'overwrite' })],
      [copy('b', 'y')],
      [add('z', 'new')],
      [convert('c', wrap)],
      [nest(['a', 'b', 'c'], 'x')],
      [nest(['a', '__proto__'], 'x')],
      [unnest('m', ['a', 'x'])],
      [unnest('m', ['a', 'b', 'x'])],
      [filter((one: Plain) => 'a' in one)],
    );
    const several = fc.constantFrom<Operation[]>(
      [rename('a', 'x'), nest(['x', 'b'], 'y'), rename('y', 'z'), add('x', true)],
      [unnest('m', ['x']), convert('c', wrap), rename('c', 'y'), filter((one: Plain) => 'y' in one)],
      [rename('a', 'x'), rename('b', 'a'), rename('x', 'b')],
      [rename('a', 'b', { onCollision: 'overwrite' }), convert('b', wrap), copy('b', 'z')],
    );
    fc.assert(
      fc.property(
        fc.oneof(single, several),
        source,
        fc.option(source, { nil: undefined }),
        (operations, other, old) => {
          const now = up(operations, other);
          fc.pre(now !== undefined);
          const back = old === undefined ? down(operations, now, old) : put(operations, now, old);
          expectEqual(up(operations, back), now);
        },
      ),
      runs,
    );
  });

  it('asks the old item only for what the new one cannot tell', () => {
    const operations = [remove('a'), convert('c', { to: (v) => String(v), from: Number })];
    fc.assert(
      fc.property(attributeValue, fc.integer(), fc.integer(), (a, c, changed) => {
        const old = { id: { S: '1' }, a, c: { N: `${c}.0` } };
        const now = { id: { S: '1' }, c: { S: String(changed) } };
        const back = put(operations, now, old);
        expect(back.a).toBe(a);
        expect(back.c && toJavaScript(back.c)).toBe(changed);
        expect(put(operations, { ...now, c: { S: String(c) } }, old)).toBe(old);
      }),
      runs,
    );
  });
});
