import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMigrateError } from '../../src/errors.js';
import { attributeOf } from '../../src/item/attribute.js';
import type { AttributeValue, RawItem } from '../../src/item/attribute-value.js';
import { equalItems, equalValues } from '../../src/item/equal.js';
import { fromJavaScript } from '../../src/item/from-javascript.js';
import { toJavaScript } from '../../src/item/to-javascript.js';
import { invertTransform } from '../../src/transform/invert-transform.js';
import type { Operation } from '../../src/transform/operation.js';
import { add } from '../../src/transform/operations/add.js';
import { convert } from '../../src/transform/operations/convert.js';
import { copy } from '../../src/transform/operations/copy.js';
import { map } from '../../src/transform/operations/map.js';
import { nest } from '../../src/transform/operations/nest.js';
import { remove } from '../../src/transform/operations/remove.js';
import { rename } from '../../src/transform/operations/rename.js';
import { set } from '../../src/transform/operations/set.js';
import { unnest } from '../../src/transform/operations/unnest.js';
import { applyTransform, assertIdempotent, type Transform } from '../../src/transform/transform.js';
import { attributeValue, itemOf, namedOperations, ofTwo, type Plain } from './transform-arbitraries.js';

const runs = { numRuns: 500 };
const old = ['a', 'b', 'c', 'm', '__proto__'];
const fresh = ['x', 'y', 'z'];

const wrap = {
  to: (v: unknown) => ({ w: v }),
  from: (v: unknown) => (v as Plain).w,
  needed: (v: unknown) => !isWrapped(v),
};
const isWrapped = (v: unknown) => typeof v === 'object' && v !== null && Object.keys(v).join() === 'w';

/** Operations on an item of the attributes `old` that have an inverse; what they create, nothing else touches. */
const reversible = fc.constantFrom<(() => Operation)[]>(
  () => rename('a', 'x'),
  () => copy('b', 'y'),
  () => add('z', 'new'),
  () => add('z', (item: Plain) => item.b),
  () => nest(['a', 'b', 'c'], 'x'),
  () => nest(['__proto__', 'm'], 'y'),
  () => convert('c', wrap),
);

const anyName = fc.constantFrom(...old, ...fresh);
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  ...namedOperations(anyName),
  anyName.map((name) => convert(name, wrap)),
  ofTwo(anyName, (from, name) =>
    unnest(
      from,
      [name, 'w', 'n'].filter((n, i, all) => n !== from && all.indexOf(n) === i),
    ),
  ),
  ofTwo(anyName, (name, other) =>
    map(({ [name]: _gone, ...rest }: Plain) => (other in rest ? { ...rest, x: rest[other] } : rest)),
  ),
  ofTwo(anyName, (name, other) => map((item: Plain) => ({ [name]: item[other], y: 'new' }))),
);

describe('values', () => {
  it('come back from JavaScript as the very value they were', () => {
    fc.assert(
      fc.property(attributeValue, (raw) => {
        expect(fromJavaScript(toJavaScript(raw), raw)).toBe(raw);
        expect(equalValues(fromJavaScript(toJavaScript(raw)), raw)).toBe(true);
      }),
      runs,
    );
  });
});

describe('a transform', () => {
  const chain = fc.array(anyOperation, { minLength: 1, maxLength: 4 }).map((operations): Transform => ({ operations }));

  it('neither modifies the item nor copies what it leaves alone', () => {
    fc.assert(
      fc.property(chain, itemOf([...old, ...fresh]), (transform, item) => {
        const before = JSON.stringify(item);
        const result = attempt(transform, item);
        expect(JSON.stringify(item)).toBe(before);
        if (result === undefined) return;
        if (equalItems(result.item, item)) expect(result.item).toBe(item);
        for (const [name, value] of Object.entries(result.item)) {
          const original = attributeOf(item, name);
          if (original !== undefined && equalValues(original, value)) expect(value).toBe(original);
        }
      }),
      runs,
    );
  });

  it('depends on nothing but what it reports as read', () => {
    fc.assert(
      fc.property(chain, itemOf([...old, ...fresh]), itemOf([...old, ...fresh]), (transform, item, other) => {
        const result = attempt(transform, item);
        fc.pre(result !== undefined);
        const free = [...old, ...fresh].filter((name) => !result.reads.includes(name));
        // Every name a `map` lists is read; what it would do with one that is not there yet, no condition can say.
        const mutable = transform.operations.some(({ kind }) => kind === 'map')
          ? free.filter((name) => attributeOf(item, name) !== undefined)
          : free;
        const changed = replaced(item, other, mutable);
        expect(changesOf(changed, applyTransform(transform, changed).item)).toEqual(changesOf(item, result.item));
      }),
      runs,
    );
  });

  it('reports as read whatever it changes', () => {
    fc.assert(
      fc.property(chain, itemOf([...old, ...fresh]), (transform, item) => {
        const result = attempt(transform, item);
        fc.pre(result !== undefined);
        for (const name of changesOf(item, result.item).keys()) expect(result.reads).toContain(name);
      }),
      runs,
    );
  });

  it('is taken back exactly by its inverse', () => {
    const one = reversible.map((build) => [build()]);
    const several = fc
      .shuffledSubarray([() => rename('a', 'x'), () => copy('b', 'y'), () => convert('c', wrap), () => add('z', 1)])
      .map((builds) => builds.map((build) => build()));
    const nested = fc.constantFrom([rename('a', 'x'), nest(['x', 'b'], 'y'), rename('y', 'z'), add('x', true)]);
    fc.assert(
      fc.property(fc.oneof(one, several, nested), itemOf(old), (operations, item) => {
        // A wrapped value looks as if the conversion had been applied already.
        fc.pre(item.c === undefined || !isWrapped(toJavaScript(item.c)));
        const inverse = invertTransform({ operations });
        if ('irreversible' in inverse) throw new Error(inverse.irreversible);
        const result = applyTransform({ operations }, item).item;
        const back = applyTransform(inverse.transform, result).item;
        expect(Object.keys(back).sort()).toEqual(Object.keys(item).sort());
        for (const [name, value] of Object.entries(back)) {
          const original = attributeOf(item, name);
          // Where functions made a new value of it, a number may have another spelling; else it is the very value.
          if (name === 'c' && original !== undefined) expect(equalValues(value, original)).toBe(true);
          else expect(value).toBe(original);
        }
      }),
      runs,
    );
  });

  it('changes nothing when it is applied again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          reversible.map((build) => build()),
          ofTwo(anyName, (from, to) => rename(from, to, { onCollision: 'overwrite' })),
          anyName.map((name) => set(name, 1)),
          anyName.map((name) => remove(name)),
          ofTwo(anyName, (into, name) => nest([name], into)),
        ),
        itemOf([...old, ...fresh]),
        (operation, item) => {
          const transform = { operations: [operation] };
          const result = attempt(transform, item);
          fc.pre(result !== undefined);
          assertIdempotent(transform, result.item);
          expect(applyTransform(transform, result.item).item).toBe(result.item);
        },
      ),
      runs,
    );
  });
});

/** The result, or nothing where the item is refused; only the refusals that an operation may make. */
function attempt(transform: Transform, item: RawItem) {
  try {
    return applyTransform(transform, item);
  } catch (error) {
    if (isMigrateError(error, 'ATTRIBUTE_COLLISION', 'ITEM_INVALID')) return undefined;
    throw error;
  }
}

function changesOf(item: RawItem, result: RawItem): Map<string, AttributeValue | undefined> {
  const names = [...new Set([...Object.keys(item), ...Object.keys(result)])].sort();
  const changed = names.filter((name) => attributeOf(item, name) !== attributeOf(result, name));
  return new Map(changed.map((name) => [name, attributeOf(result, name)]));
}

/** `item` with the attributes `names` as they are in `other`: changed, added or removed. */
function replaced(item: RawItem, other: RawItem, names: readonly string[]): RawItem {
  const kept = Object.entries(item).filter(([name]) => !names.includes(name));
  const taken = Object.entries(other).filter(([name]) => names.includes(name));
  return Object.fromEntries([...kept, ...taken]);
}
