import fc from 'fast-check';
import type { Operation } from '../../src/transform/operation.js';
import { add } from '../../src/transform/operations/add.js';
import { convert } from '../../src/transform/operations/convert.js';
import { copy } from '../../src/transform/operations/copy.js';
import { filter } from '../../src/transform/operations/filter.js';
import { nest } from '../../src/transform/operations/nest.js';
import { remove } from '../../src/transform/operations/remove.js';
import { rename } from '../../src/transform/operations/rename.js';
import { set } from '../../src/transform/operations/set.js';
import { unnest } from '../../src/transform/operations/unnest.js';
import { attributeValue, itemOf, ofTwo } from './transform-arbitraries.js';

export type Plain = Record<string, unknown>;

const names = ['a', 'b', 'c', 'm', '__proto__', 'x', 'y', 'z'];

const isWrapped = (v: unknown) => typeof v === 'object' && v !== null && Object.keys(v).join() === 'w';
export const wrap = { to: (v: unknown) => ({ w: v }), from: (v: unknown) => (v as Plain).w };

/** Items in which maps, also empty ones, are as frequent as everything else together. */
export const members = itemOf(['a', 'b', 'x'], attributeValue).map((M) => ({ M: { ...M } }));
export const item = itemOf([...names, 'other'], fc.oneof(attributeValue, members));

const anyName = fc.constantFrom(...names);
/** Every operation that a derived `down` can take back. */
export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  ofTwo(anyName, (from, to) => rename(from, to)),
  ofTwo(anyName, (from, to) => rename(from, to, { onCollision: 'keep' })),
  ofTwo(anyName, (from, to) => rename(from, to, { onCollision: 'overwrite' })),
  ofTwo(anyName, (from, to) => copy(from, to)),
  ofTwo(anyName, (to, from) => add(to, (one: Plain) => one[from])),
  ofTwo(anyName, (to, from) => set(to, (one: Plain) => (from in one ? 1 : 'none'))),
  anyName.map((name) => add(name, 1)),
  anyName.map((name) => set(name, { n: 1 })),
  anyName.map((name) => remove(name)),
  anyName.map((name) => convert(name, wrap)),
  anyName.map((name) => convert(name, { to: () => 'one for all', from: () => 'another' })),
  anyName.map((name) => convert(name, { ...wrap, needed: (v) => !isWrapped(v) })),
  ofTwo(anyName, (into, name) => nest([name], into)),
  ofTwo(anyName, (from, name) => unnest(from, [name])),
  anyName.map((name) => filter((one: Plain) => !(name in one))),
);
export const anyChain = fc.array(anyOperation, { minLength: 1, maxLength: 4 });
