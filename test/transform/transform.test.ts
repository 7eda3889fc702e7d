import { describe, expect, it } from 'vitest';
import { describeTransform } from '../../src/transform/describe-transform.js';
import { invertTransform } from '../../src/transform/invert-transform.js';
import { createItems, isItems, lostOperations, operationsOf } from '../../src/transform/items.js';
import { touchedAttributes } from '../../src/transform/touched-attributes.js';
import { applyTransform, assertIdempotent } from '../../src/transform/transform.js';
import { awkwardItem, deepCopy } from '../item/awkward-values.js';
import { errorOf } from './operations/apply.js';

const everything = operationsOf(
  createItems()
    .rename('prefVal', 'preferenceValue')
    .copy('a', 'b')
    .add('channel', 'EMAIL')
    .set('version', 2)
    .remove('old')
    .convert('age', { to: String })
    .nest(['street', 'city'], 'address')
    .unnest('prefs', ['theme'])
    .map((item) => item),
);

describe('applyTransform', () => {
  it('applies every operation to what the one before made', () => {
    const chain = operationsOf(createItems().rename('a', 'b').copy('b', 'c').remove('b').add('a', 'again'));
    const { item, reads } = applyTransform(chain, { a: { N: '1.0' } });
    expect(item).toEqual({ c: { N: '1.0' }, a: { S: 'again' } });
    expect([...reads].sort()).toEqual(['a', 'b', 'c']);
  });

  it('gives back the item itself when the changes cancel each other', () => {
    const there = operationsOf(
      createItems().rename('text', 'x').set('yes', false).rename('x', 'text').set('yes', true),
    );
    expect(applyTransform(there, awkwardItem).item).toBe(awkwardItem);
  });

  it('leaves everything that it does not touch bit for bit', () => {
    const before = deepCopy(awkwardItem);
    const { item } = applyTransform(operationsOf(createItems().rename('text', 'x').add('y', 1)), awkwardItem);
    const { text, ...rest } = awkwardItem;
    expect(item).toStrictEqual({ ...rest, x: text, y: { N: '1' } });
    for (const [name, value] of Object.entries(rest)) expect(item[name]).toBe(value);
    expect(awkwardItem).toEqual(before);
  });
});

describe('assertIdempotent', () => {
  it('accepts a result that a second application leaves alone', () => {
    const transform = operationsOf(createItems().rename('a', 'b').add('c', 1));
    assertIdempotent(transform, applyTransform(transform, { a: { S: 'a' } }).item);
  });

  it('refuses one that would change again', () => {
    const transform = operationsOf(createItems<{ n: number }>().set('n', (item) => item.n + 1));
    const { item } = applyTransform(transform, { n: { N: '1' } });
    expect(errorOf(() => assertIdempotent(transform, item))).toMatchObject({
      code: 'NOT_IDEMPOTENT',
      message: '`set n`, applied to an item that it has already changed, would change `n` again',
      fix: expect.stringContaining('`needed`'),
    });
  });

  it('refuses one that would fail', () => {
    const transform = operationsOf(createItems().rename('a', 'b').add('a', 1));
    const { item } = applyTransform(transform, { a: { S: 'a' } });
    expect(errorOf(() => assertIdempotent(transform, item))).toMatchObject({
      code: 'NOT_IDEMPOTENT',
      message: expect.stringContaining('would overwrite `b`'),
      cause: expect.objectContaining({ code: 'ATTRIBUTE_COLLISION' }),
    });
  });

  it('refuses two attributes that change places', () => {
    const transform = operationsOf(createItems().rename('a', 't').rename('b', 'a').rename('t', 'b'));
    const { item } = applyTransform(transform, { a: { S: 'a' }, b: { S: 'b' } });
    expect(item).toEqual({ a: { S: 'b' }, b: { S: 'a' } });
    expect(errorOf(() => assertIdempotent(transform, item)).message).toContain('would change `a`, `b` again');
  });
});

describe('invertTransform', () => {
  it('takes back the last operation first', () => {
    const inverse = invertTransform(operationsOf(createItems().rename('a', 'b').nest(['b'], 'm').add('c', 1)));
    if ('irreversible' in inverse) throw new Error(inverse.irreversible);
    expect(describeTransform(inverse.transform)).toBe('remove c, unnest m → b, rename b → a');
  });

  it('names the operation that cannot be taken back, and why', () => {
    expect(invertTransform(operationsOf(createItems().add('c', 1).remove('a')))).toEqual({
      irreversible: '`remove a` forgets the value',
    });
  });
});

describe('describeTransform', () => {
  it('says everything in a line', () => {
    expect(describeTransform(everything)).toBe(
      'rename prefVal → preferenceValue, copy a → b, add channel, set version, remove old, convert age, ' +
        'nest street + city → address, unnest prefs → theme, map',
    );
  });
});

describe('touchedAttributes', () => {
  it('lists what may be written or removed, not what is only read', () => {
    expect([...touchedAttributes(everything)]).toEqual([
      'prefVal',
      'preferenceValue',
      'b',
      'channel',
      'version',
      'old',
      'age',
      'street',
      'city',
      'address',
      'prefs',
      'theme',
    ]);
  });
});

describe('items', () => {
  it('is a chain that never changes', () => {
    const start = createItems();
    const one = start.add('a', 1);
    const two = one.add('b', 2);
    expect(operationsOf(start).operations).toHaveLength(0);
    expect(operationsOf(one).operations).toHaveLength(1);
    expect(describeTransform(operationsOf(two))).toBe('add a, add b');
    expect(Object.isFrozen(two)).toBe(true);
  });

  it('knows the operations that were lost on the way', () => {
    const start = createItems();
    start.rename('a', 'b');
    const chain = start.add('c', 1);
    expect(lostOperations(chain).map(({ description }) => description)).toEqual(['rename a → b']);
    expect(lostOperations(createItems().add('a', 1))).toEqual([]);
  });

  it('is told from everything else', () => {
    expect(isItems(createItems())).toBe(true);
    expect(isItems({ ...createItems() })).toBe(false);
    expect(isItems(undefined)).toBe(false);
  });
});
