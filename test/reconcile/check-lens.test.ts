import { expect, test } from 'vitest';
import type { RawItem } from '../../src/item/attribute-value.js';
import { lensLoss } from '../../src/reconcile/check-lens.js';
import type { Down } from '../../src/reconcile/lens.js';
import { byMail, renaming, text } from './fakes.js';

const item: RawItem = { id: text('a'), w: text('1'), extra: text('x') };
const back: Down = ({ w, ...rest }) => (w ? { ...rest, v: w } : rest);

const cases: readonly (readonly [string, Down, 'kept' | readonly string[]])[] = [
  ['an exact way back', back, 'kept'],
  ['an attribute that the old form has no place for', ({ id = text('') }) => ({ id, v: text('1') }), ['extra']],
  ['a value that changes', (t) => ({ ...back(t, undefined), v: text('2') }), ['w']],
  ['an item that the filter leaves out on its way up', (t) => ({ ...t, old: text('') }), ['extra', 'id', 'w']],
];

test.each(cases)('%s', (_, down, expected) => {
  expect(lensLoss(renaming, down, item)).toEqual(expected);
});

test('numbers are compared as numbers', () => {
  const count: Down = ({ id = text('') }) => ({ id, n: { N: '1' } });
  expect(lensLoss(renaming, count, { id: text('a'), n: { N: '1.0' } })).toBe('kept');
});

test.each<readonly [string, Down]>([
  ['`down` throws', () => JSON.parse('{')],
  ['`down` changes the key', (t) => ({ ...t, id: text('b') })],
  ['`up` throws for what `down` made', (t) => ({ ...t, bad: text('') })],
])('an error where %s', (_, down) => {
  expect(lensLoss(renaming, down, item)).toMatchObject({ key: 'id=a' });
});

test('a move that changes keys has no way back', () => {
  expect(() => lensLoss(byMail, back, item)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
});
