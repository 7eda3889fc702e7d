import fc from 'fast-check';
import type { AttributeValue, RawItem } from '../../src/item/attribute-value.js';
import { canonicalNumber } from '../../src/item/number.js';
import type { Operation } from '../../src/transform/operation.js';
import { add } from '../../src/transform/operations/add.js';
import { copy } from '../../src/transform/operations/copy.js';
import { nest } from '../../src/transform/operations/nest.js';
import { remove } from '../../src/transform/operations/remove.js';
import { rename } from '../../src/transform/operations/rename.js';
import { set } from '../../src/transform/operations/set.js';
import { awkwardNumbers } from '../item/awkward-values.js';

export type Plain = Record<string, unknown>;

/** Decimal texts: awkward ones, small ones that collide often, and any digits with any exponent. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...awkwardNumbers),
  fc.integer({ min: -3, max: 3 }).map(String),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.integer({ min: -80, max: 80 }))
    .map(([digits, exponent]) => `${digits}E${exponent}`),
);

const text = fc.oneof(fc.constantFrom('', 'a', 'b', '1', '__proto__'), fc.string({ unit: 'binary' }));
const bytes = fc.uint8Array({ maxLength: 4 });

/** Any value, in any spelling. */
export const attributeValue: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text.map((S) => ({ S })),
    numberText.map((N) => ({ N })),
    bytes.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true as const }),
    fc.uniqueArray(text, { minLength: 1, maxLength: 4 }).map((SS) => ({ SS })),
    fc.uniqueArray(numberText, { minLength: 1, maxLength: 4, selector: canonicalNumber }).map((NS) => ({ NS })),
    fc.uniqueArray(bytes, { minLength: 1, maxLength: 3, selector: String }).map((BS) => ({ BS })),
    fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }).map((members) => ({ M: asPlain(members) })),
  ),
})).value;

/** An item with some of these attributes. */
export function itemOf(names: readonly string[], value: fc.Arbitrary<AttributeValue> = attributeValue) {
  return fc
    .tuple(...names.map((name) => fc.option(value, { nil: undefined }).map((v) => [name, v] as const)))
    .map((entries): RawItem => {
      const present = entries.filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined);
      return Object.fromEntries(present);
    });
}

/** What is built of two different names. */
export function ofTwo<T>(name: fc.Arbitrary<string>, build: (a: string, b: string) => T): fc.Arbitrary<T> {
  return fc.uniqueArray(name, { minLength: 2, maxLength: 2 }).map(([a = 'a', b = 'b']) => build(a, b));
}

/** Without the null prototype of fast-check's dictionaries, which no item from the SDK has. */
function asPlain<V>(dictionary: Record<string, V>): Record<string, V> {
  return Object.fromEntries(Object.entries(dictionary));
}

/** Operations that name one attribute or two, whichever they are. */
export function namedOperations(name: fc.Arbitrary<string>): fc.Arbitrary<Operation>[] {
  return [
    ofTwo(name, (from, to) => rename(from, to)),
    ofTwo(name, (from, to) => rename(from, to, { onCollision: 'keep' })),
    ofTwo(name, (from, to) => rename(from, to, { onCollision: 'overwrite' })),
    ofTwo(name, (from, to) => copy(from, to)),
    ofTwo(name, (to, from) => add(to, (item: Plain) => item[from])),
    ofTwo(name, (to, from) => set(to, (item: Plain) => (from in item ? 1 : 'none'))),
    name.map((one) => add(one, 1)),
    name.map((one) => set(one, { n: 1 })),
    name.map((one) => remove(one)),
    ofTwo(name, (into, one) => nest([one], into)),
  ];
}
