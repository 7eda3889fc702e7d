import { describe, expect, it } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { createMoveItems, operationsOf } from '../../src/transform/items.js';
import type { MovedItems } from '../../src/transform/move-items.js';
import { restoreTransform } from '../../src/transform/restore-transform.js';
import { errorOf } from './operations/apply.js';

const items = createMoveItems();
const [one, two, three] = [{ N: '1.0' }, { N: '2' }, { S: 'three' }];
const map = (M: RawItem) => ({ M: { ...M } });

function restore(chain: MovedItems<never>, item: RawItem, old: RawItem | undefined): RawItem {
  const way = restoreTransform(operationsOf(chain));
  if ('irreversible' in way) throw new Error(way.irreversible);
  return way.restore(item, old);
}

const keep = { onCollision: 'keep' } as const;
const overwrite = { onCollision: 'overwrite' } as const;
const euros = { to: (v: unknown) => `${v} EUR`, from: (v: unknown) => Number.parseInt(String(v), 10) };

describe('restoreTransform', () => {
  it.each<[string, object, RawItem, RawItem | undefined, RawItem]>([
    ['rename, of a new item', items.rename('a', 'b'), { b: one }, undefined, { a: one }],
    ['rename, of an old item', items.rename('a', 'b'), { b: one }, { a: two }, { a: one }],
    ['rename, where the attribute is gone', items.rename('a', 'b'), { c: one }, { a: two, c: one }, { c: one }],
    ['rename, where the old item had the new name', items.rename('a', 'b'), { b: one }, { b: two }, { b: one }],
    ['rename keep, both', items.rename('a', 'b', keep), { b: one }, { a: two, b: three }, { a: two, b: one }],
    ['rename keep, none', items.rename('a', 'b', keep), { b: one }, undefined, { a: one }],
    [
      'rename overwrite, both',
      items.rename('a', 'b', overwrite),
      { b: one },
      { a: two, b: three },
      { a: one, b: three },
    ],
    ['rename overwrite, where the attribute is gone', items.rename('a', 'b', overwrite), {}, { a: two, b: three }, {}],
    ['add, where the old item had it', items.add('n', 1), { n: two }, { n: one }, { n: two }],
    ['add, where it had not', items.add('n', 1), { n: two }, { a: one }, {}],
    ['add, of a new item', items.add('n', 1), { n: two }, undefined, {}],
    ['copy, where the old item had it', items.copy('a', 'n'), { a: one, n: two }, { n: three }, { a: one, n: two }],
    ['copy, where it had not', items.copy('a', 'n'), { a: one, n: one }, { a: two }, { a: one }],
    ['set, where the old item had it', items.set('n', 1), { n: one }, { n: two }, { n: two }],
    ['set, where it had not', items.set('n', 1), { n: one }, {}, {}],
    ['remove', items.remove('n'), { a: one }, { a: two, n: two }, { a: one, n: two }],
    ['remove, of a new item', items.remove('n'), { a: one }, undefined, { a: one }],
    ['remove, where it came again', items.remove('n'), { n: one }, {}, { n: one }],
    ['convert, unchanged', items.convert('a', euros), { a: { S: '1 EUR' } }, { a: one }, { a: one }],
    ['convert, changed', items.convert('a', euros), { a: { S: '3 EUR' } }, { a: one }, { a: { N: '3' } }],
    ['convert, of a new item', items.convert('a', euros), { a: { S: '3 EUR' } }, undefined, { a: { N: '3' } }],
    [
      'convert, of a value that is not converted',
      items.convert('a', { ...euros, needed: (v) => typeof v === 'number' }),
      { a: two },
      { a: one },
      { a: two },
    ],
    ['nest', items.nest(['a', 'b'], 'm'), { m: map({ a: one }) }, { a: two, b: two }, { a: one }],
    [
      'nest, with a member of another name',
      items.nest(['a'], 'm'),
      { m: map({ a: one, c: two }) },
      {},
      { a: one, m: map({ c: two }) },
    ],
    [
      'nest, where the old item had the map',
      items.nest(['a'], 'm'),
      { m: map({ a: one }) },
      { m: map({}) },
      { m: map({ a: one }) },
    ],
    ['nest, of something that is no map', items.nest(['a'], 'm'), { m: one }, { a: one }, { m: one }],
    ['nest, of an empty map', items.nest(['a'], 'm'), { m: map({}) }, { a: one }, { m: map({}) }],
    [
      'unnest',
      items.unnest('m', ['a', 'b']),
      { a: one, m: map({ c: three }) },
      { m: map({ a: two, b: two, c: two, d: two }) },
      { m: map({ c: three, a: one }) },
    ],
    ['unnest, of a new item', items.unnest('m', ['a']), { a: one }, undefined, { m: map({ a: one }) }],
    ['unnest, where the old item had it outside', items.unnest('m', ['a']), { a: one }, { a: two }, { a: one }],
    ['unnest, of an empty map', items.unnest('m', ['a']), { c: one }, { m: map({}) }, { c: one, m: map({}) }],
    ['unnest, where all is gone', items.unnest('m', ['a']), { c: one }, { m: map({ a: two }) }, { c: one }],
    ['filter', items.filter(() => true), { a: one }, { a: two }, { a: one }],
  ])('takes back %s', (_name, chain, item, old, expected) => {
    expect(restore(chain as MovedItems<never>, item, old)).toStrictEqual(expected);
  });

  it('takes operations back last first, each with the old item as it was there', () => {
    const chain = items.rename('a', 'b').remove('a').add('a', 1).set('b', 0).remove('c');
    const old = { a: two, c: three };
    expect(restore(chain as never, { a: { N: '1' }, b: { N: '0' }, id: two }, old)).toStrictEqual({ ...old, id: two });
  });

  it('asks an item that a filter leaves out all the same', () => {
    const chain = items.filter((item) => item.active === true).remove('secret');
    const [yes, no] = [{ BOOL: true }, { BOOL: false }];
    expect(restore(chain as never, { active: yes }, { active: no, secret: one })).toStrictEqual({
      active: yes,
      secret: one,
    });
  });

  it('does without the old item only where an operation refuses it', () => {
    const chain = items.remove('x').rename('a', 'b').remove('y');
    const collides = { a: one, b: two, x: three, y: three };
    expect(restore(chain as never, { b: one }, collides)).toStrictEqual({ a: one, x: three, y: three });
  });

  it('refuses to lose a value', () => {
    const both = { a: one, b: two };
    expect(errorOf(() => restore(items.rename('a', 'b') as never, both, undefined))).toMatchObject({
      code: 'ATTRIBUTE_COLLISION',
      message: '`rename a → b`, taken back, would overwrite `a`',
      fix: expect.stringContaining('`down`'),
    });
    const unnest = items.unnest('m', ['a']) as never;
    expect(errorOf(() => restore(unnest, { a: one, m: map({ a: two }) }, undefined))).toMatchObject({
      code: 'ATTRIBUTE_COLLISION',
    });
    expect(errorOf(() => restore(unnest, { a: one, m: two }, undefined))).toMatchObject({ code: 'ITEM_INVALID' });
    expect(
      errorOf(() => restore(items.nest(['a'], 'm') as never, { a: one, m: map({ a: two }) }, undefined)),
    ).toMatchObject({ code: 'ATTRIBUTE_COLLISION' });
  });

  it('says which operation has no way back', () => {
    const key = { partitionKey: { name: 'id', type: 'S' } } as const;
    const reasons = [
      items.rename('a', 'b').map((item) => item),
      items.convert('a', { to: String }),
      items.rekey(key),
      items.split((item) => [item], key),
    ].map((chain) => restoreTransform(operationsOf(chain as never)));
    expect(reasons).toEqual([
      { irreversible: '`map` is a function, and nobody can invert that for you' },
      { irreversible: '`convert a` was given no `from`' },
      { irreversible: '`rekey id` changes the key, and a move that does cannot be followed backwards' },
      { irreversible: '`split` makes several items of one, and a move that does cannot be followed backwards' },
    ]);
  });
});
