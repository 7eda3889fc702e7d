import fc from 'fast-check';
import type { Operation } from '../../src/transform/operation.js';
import { convert } from '../../src/transform/operations/convert.js';
import { filter } from '../../src/transform/operations/filter.js';
import { unnest } from '../../src/transform/operations/unnest.js';
import { attributeValue, itemOf, namedOperations, ofTwo, type Plain } from './transform-arbitraries.js';

const names = ['a', 'b', 'c', 'm', '__proto__', 'x', 'y', 'z'];

const isWrapped = (v: unknown) => typeof v === 'object' && v !== null && Object.keys(v).join() === 'w';
export const wrap = { to: (v: unknown) => ({ w: v }), from: (v: unknown) => (v as Plain).w };

/** Items in which maps, also empty ones, are as frequent as everything else together. */
export const members = itemOf(['a', 'b', 'x'], attributeValue).map((M) => ({ M: { ...M } }));
export const item = itemOf([...names, 'other'], fc.oneof(attributeValue, members));

const anyName = fc.constantFrom(...names);
/** Every operation that a derived `down` can take back. */
export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  ...namedOperations(anyName),
  anyName.map((name) => convert(name, wrap)),
  anyName.map((name) => convert(name, { to: () => 'one for all', from: () => 'another' })),
  anyName.map((name) => convert(name, { ...wrap, needed: (v) => !isWrapped(v) })),
  ofTwo(anyName, (from, name) => unnest(from, [name])),
  anyName.map((name) => filter((one: Plain) => !(name in one))),
);
export const anyChain = fc.array(anyOperation, { minLength: 1, maxLength: 4 });
