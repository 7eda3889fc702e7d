import type { AttributeValue, RawItem } from '../../src/item/attribute-value.js';
import { below, oneOf, type Random } from '../../src/testing/random.js';

export { below, oneOf, type Random, randomFrom } from '../../src/testing/random.js';

/** Values that a copy through plain JavaScript, or through a careless comparison, would not survive. */
export function awkwardValue(random: Random): AttributeValue {
  const bytes = () => Uint8Array.from({ length: 1 + below(random, 9) }, () => below(random, 256));
  const digits = () => Array.from({ length: 37 }, () => below(random, 10)).join('');
  return oneOf<() => AttributeValue>(random, [
    () => ({ N: `${1 + below(random, 9)}${digits()}` }),
    () => ({ N: `-0.0${1 + below(random, 9)}${digits()}` }),
    () => ({ N: `${1 + below(random, 9)}.${digits()}E+${below(random, 126)}` }),
    () => ({ N: `9007199254740993.${1 + below(random, 9)}` }),
    () => ({ NS: [`1${digits()}`, `2${digits()}`, `${below(random, 100)}`] }),
    () => ({ SS: ['z', 'a', `s${below(random, 100)}`, ' '] }),
    () => ({ B: bytes() }),
    () => ({ BS: [Uint8Array.from([0, ...bytes()]), Uint8Array.from([255, ...bytes()])] }),
    () => ({ S: '' }),
    () => ({ S: `ünï\u{1f642}\u0000 ${below(random, 1_000)}` }),
    () => ({ NULL: true }),
    () => ({ BOOL: random() < 0.5 }),
    () => ({ L: [] }),
    () => ({ M: {} }),
    () => ({ L: [{ N: `1${digits()}` }, { M: { 'a.b': { L: [{ B: bytes() }, { NULL: true }, { S: '' }] } } }] }),
    () => ({
      M: { '#n': { NS: [`3${digits()}`] }, prefVal: { S: 'not the one to be renamed' }, ' ': { BOOL: false } },
    }),
  ])();
}

/** An item with this key, as the founding case has them: what is renamed may be missing, what is added may be there. */
export function preference(key: RawItem, random: Random): RawItem {
  return {
    ...key,
    ...(random() < 0.8 && { prefVal: awkwardValue(random) }),
    ...(random() < 0.2 && { channel: { S: 'SMS' } }),
    ...(random() < 0.7 && { 'a.b #c': awkwardValue(random) }),
    count: { N: String(below(random, 1_000_000)) },
  };
}

/** What `rename('prefVal', 'preferenceValue').add('channel', 'EMAIL')` makes of an item, written down once more. */
export function preferenceV2({ prefVal, ...item }: RawItem): RawItem {
  return { channel: { S: 'EMAIL' }, ...item, ...(prefVal && { preferenceValue: prefVal }) };
}
