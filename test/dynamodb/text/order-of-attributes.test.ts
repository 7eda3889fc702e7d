import { expect, test } from 'vitest';
import { rawJson } from '../../../src/dynamodb/raw-json.js';
import { itemTexts } from '../../../src/dynamodb/text/item-texts.js';
import { type AnyItem, rawItem } from '../../../src/item/attribute-value.js';
import { createMoveItems, operationsOf } from '../../../src/transform/items.js';
import { spreadItem } from '../../../src/transform/spread-item.js';

test('a function sees attributes in one order, whether an item is a text or raw', () => {
  const item = { id: { S: '1' }, a: { S: 'x' }, b: { S: 'y' } };
  const [text] = itemTexts.decode(rawJson.encode({ Items: [item] })).Items as AnyItem[];
  const chain = createMoveItems<{ id: string; a?: string; b: string; seen?: string }>()
    .set('a', 'z')
    .filter(() => true)
    .map((one) => ({ ...one, seen: JSON.stringify(one) }))
    .remove('a')
    .filter(() => true)
    .set('a', 'again')
    .filter(() => true)
    .map((one) => ({ ...one, last: Object.keys(one).join() }));
  const [fromText] = spreadItem(operationsOf(chain), text as AnyItem).map(rawItem);
  expect(fromText).toStrictEqual(spreadItem(operationsOf(chain), item)[0]);
  expect(fromText).toMatchObject({ seen: { S: '{"id":"1","a":"z","b":"y"}' }, last: { S: 'id,b,seen,a' } });
});
