import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rawJson } from '../../../src/dynamodb/raw-json.js';
import { itemTexts } from '../../../src/dynamodb/text/item-texts.js';
import { planChange } from '../../../src/in-place/plan-change.js';
import { type AnyItem, type ItemText, isText, type RawItem, rawItem } from '../../../src/item/attribute-value.js';
import { equalItems } from '../../../src/item/equal.js';
import { itemSize } from '../../../src/item/size.js';
import type { Operation } from '../../../src/transform/operation.js';
import { map } from '../../../src/transform/operations/map.js';
import { spreadItem } from '../../../src/transform/spread-item.js';
import { anyChain, anyOperation, item as itemOfMove } from '../../property/move-arbitraries.js';
import { attributeValue, itemOf, type Plain } from '../../property/transform-arbitraries.js';

const runs = { numRuns: 1_000 };
/** Names that an object, or a text itself, has; that are no ASCII; that look like JSON. */
const awkwardNames = ['id', 'toItem', 'attribute', 'put', '__proto__', 'valueOf', 'größe', '名', '{', '],[', ''];
/** Strings, short and long, that are JSON in part once they are read at the wrong place. */
const jsonLike = fc
  .string({ unit: fc.constantFrom('"', '\\', ',', ':', '{', '}', '[', ']', '"S":"'), maxLength: 120, size: 'max' })
  .map((S) => ({ S }));
const item = itemOf([...awkwardNames, 'other'], fc.oneof(attributeValue, jsonLike)).map(
  (rest): RawItem => ({ id: { S: 'x' }, ...rest }),
);

function wire(output: object): Buffer {
  return rawJson.encode(output);
}

function asTexts(items: readonly RawItem[]): AnyItem[] {
  return itemTexts.decode(wire({ Items: items })).Items as AnyItem[];
}

function asText(one: RawItem): ItemText {
  const [text] = asTexts([one]);
  if (text === undefined || !isText(text)) throw new Error('no text');
  return text;
}

/** What is sent for an item, read back. */
function sent(one: AnyItem): RawItem {
  const body = itemTexts.encode({ RequestItems: { T: [{ PutRequest: isText(one) ? one.put : { Item: one } }] } });
  const { RequestItems } = rawJson.decode(body) as { RequestItems: { T: [{ PutRequest: { Item: RawItem } }] } };
  return RequestItems.T[0].PutRequest.Item;
}

describe('an answer', () => {
  test('has the items that JSON.parse finds in it, whatever surrounds them', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 4 }), fc.boolean(), item, (items, isScan, key) => {
        const output = isScan
          ? { Items: items, Count: items.length, LastEvaluatedKey: key, ScannedCount: 7 }
          : { ConsumedCapacity: [{ CapacityUnits: 1.5 }], Responses: { ü: items, U: [] }, UnprocessedKeys: {} };
        const found = itemTexts.decode(wire(output));
        const texts = (isScan ? found.Items : (found.Responses as Record<string, unknown>).ü) as AnyItem[];
        expect(texts.every(isText)).toBe(true);
        expect(texts.map(rawItem)).toStrictEqual(items);
        const raw = isScan ? { ...found, Items: items } : { ...found, Responses: { ü: items, U: [] } };
        expect(raw).toStrictEqual(rawJson.decode(wire(output)));
      }),
      runs,
    );
  });

  test.each([
    ['white space', '{ "Items" : [ {"id":{"S":"x"}} ] }'],
    ['a name with escapes', '{"Items":[{"id":{"S":"x"},"a\\"b\\u00e9":{"S":"y"}}]}'],
    ['an output with escapes', '{"Items":[{"id":{"S":"x"}}],"C\\u006funt":1}'],
    ['an item without attributes', '{"Items":[{},{}]}'],
    ['a list of statements’ answers', '{"Responses":[{"TableName":"T"},{}]}'],
    ['nothing', '{}'],
    ['an empty body', ''],
  ])('that is not written as usual is read as raw items: %s', (_what, text) => {
    expect(itemTexts.decode(Buffer.from(text))).toStrictEqual(rawJson.decode(Buffer.from(text)));
  });

  test('that is cut off or damaged, wherever it is, is refused, or read as JSON.parse reads it', () => {
    const long = `${'\\"'.repeat(40)}\\\\`;
    const text = `{"Items":[{"id":{"S":"ü\\\\"},"l":{"S":"${long}"},"m":{"M":{"e":{"L":[]},"b":{"BOOL":true}}}}],"Count":1}`;
    const whole = Buffer.from(text);
    const outcome = (read: () => Record<string, unknown>) => {
      try {
        const { Items, ...rest } = read();
        return { ...rest, Items: (Items as AnyItem[] | undefined)?.map(rawItem) };
      } catch (error) {
        return (error as Error).name;
      }
    };
    expect(outcome(() => itemTexts.decode(whole))).toEqual(outcome(() => rawJson.decode(whole)));
    for (let at = 0; at < whole.byteLength; at += 1) {
      const part = whole.subarray(0, at);
      expect(outcome(() => itemTexts.decode(part))).toEqual(outcome(() => rawJson.decode(part)));
    }
    expect(outcome(() => itemTexts.decode(Buffer.concat([whole, Buffer.from('}')])))).toBe('SyntaxError');
  });
});

describe('a text', () => {
  test('has the attributes of the item, and says of each whether it is there', () => {
    fc.assert(
      fc.property(item, (one) => {
        const text = asText(one);
        for (const name of [...awkwardNames, 'other', 'absent', 'constructor']) {
          const value = Object.hasOwn(one, name) ? one[name] : undefined;
          expect(text.attribute(name)).toStrictEqual(value);
          expect(text.attribute(name)).toBe(text.attribute(name));
        }
        expect(text.names()).toEqual(Object.keys(one));
      }),
      runs,
    );
  });

  test('is sent as it came, and changed as the raw item would be', () => {
    const changes = itemOf([...awkwardNames, 'new'], fc.option(attributeValue, { nil: undefined }) as never);
    fc.assert(
      fc.property(item, changes, changes, (one, first, second) => {
        expect(sent(asText(one))).toStrictEqual(one);
        const changed = asText(one).with(first).with(second);
        const all = Object.entries({ ...one, ...first, ...second }).filter(([, value]) => value !== undefined);
        expect(equalItems(sent(changed), Object.fromEntries(all))).toBe(true);
        expect(sent(changed)).toStrictEqual(changed.toItem());
        expect(sent(changed)).toStrictEqual(changed.put.Item);
        expect(changed.maxBytes).toBeGreaterThanOrEqual(wire(changed.toItem()).byteLength);
        expect(changed.maxBytes).toBeGreaterThanOrEqual(itemSize(changed.toItem()));
      }),
      runs,
    );
  });

  test('becomes in a move what the raw item becomes, or is refused for the same reason', () => {
    const outcome = (operations: Parameters<typeof spreadItem>[0]['operations'], one: AnyItem) => {
      try {
        return spreadItem({ operations }, one);
      } catch (error) {
        return String(error);
      }
    };
    fc.assert(
      fc.property(anyChain, itemOfMove, (operations, other) => {
        const one = { id: { S: 'x' }, ...other };
        const [raw, text] = [outcome(operations, one), outcome(operations, asText(one))];
        if (typeof raw === 'string' || typeof text === 'string') {
          expect(text).toBe(raw);
          return;
        }
        expect(text.length).toBe(raw.length);
        text.forEach((made, index) => {
          const wanted = raw[index] ?? {};
          if (!equalItems(rawItem(made), wanted)) expect(rawItem(made)).toStrictEqual(wanted);
          expect(sent(made)).toStrictEqual(rawItem(made));
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test('is changed in place as the raw item is, or is refused for the same reason', () => {
    const mapped = fc.constantFrom(
      map(({ a: _gone, ...rest }: Plain) => ({ ...rest, y: 'new' })),
      map((whole: Plain) => whole),
    );
    const operation = fc.oneof(
      { weight: 9, arbitrary: anyOperation.filter(({ kind }) => kind !== 'filter') },
      { weight: 1, arbitrary: mapped },
    );
    const chain = fc.array(operation, { minLength: 1, maxLength: 4 });
    const change = (operations: readonly Operation[], where: RawItem, one: AnyItem) => {
      try {
        const made = planChange(
          { tableName: 'T', keyNames: { partitionKey: 'id' }, transform: { operations }, where },
          one,
        );
        // In a statement they stand beside each other.
        return made && { ...made, remove: [...made.remove].sort() };
      } catch (error) {
        return String(error);
      }
    };
    let changed = 0;
    fc.assert(
      fc.property(chain, itemOfMove, fc.boolean(), (operations, other, selects) => {
        const one: RawItem = { id: { S: 'x' }, ...other };
        const where = selects && one.other ? { other: one.other } : {};
        const wanted = change(operations, where, one);
        expect(change(operations, where, asText(one))).toStrictEqual(wanted);
        if (typeof wanted === 'object') changed += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(changed).toBeGreaterThan(200);
  });

  test('equals what its item equals: in another order, another spelling, raw or as a text', () => {
    const shuffled = (one: RawItem) =>
      fc
        .shuffledSubarray(Object.entries(one), { minLength: Object.keys(one).length })
        .map((entries): RawItem => Object.fromEntries(entries));
    const pair = item.chain((one) =>
      fc.tuple(fc.constant(one), fc.oneof(shuffled(one), shuffled(respelled(one)), shuffled(withoutLast(one)), item)),
    );
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const isEqual = equalItems(one, other);
        expect(equalItems(asText(one), asText(other))).toBe(isEqual);
        expect(equalItems(asText(other), asText(one))).toBe(isEqual);
        expect(equalItems(asText(one), other)).toBe(isEqual);
        expect(equalItems(one, asText(other))).toBe(isEqual);
        expect(equalItems(asText(one).with(other), asText(other).with(one))).toBe(
          equalItems({ ...one, ...other }, { ...other, ...one }),
        );
      }),
      runs,
    );
  });
});

/** The same numbers and sets, written in another way. */
function respelled(one: RawItem): RawItem {
  return Object.fromEntries(
    Object.entries(one).map(([name, value]) => {
      if ('N' in value && /^\d+$/.test(value.N)) return [name, { N: `${value.N}.0` }];
      if ('SS' in value) return [name, { SS: [...value.SS].reverse() }];
      return [name, value];
    }),
  );
}

function withoutLast(one: RawItem): RawItem {
  return Object.fromEntries(Object.entries(one).slice(0, Math.max(1, Object.keys(one).length - 1)));
}

test('a request may have texts, raw items and deletes for several tables', () => {
  const raw: RawItem = { id: { S: 'raw' }, b: { B: Uint8Array.of(0, 255) } };
  const text = asText({ id: { S: 'text' }, b: { B: Uint8Array.of(7) }, ü: { S: '"' } });
  const rest = { ReturnConsumedCapacity: 'TOTAL' };
  const requests = (put: object) => ({
    'a"b': [{ PutRequest: { Item: raw } }, { PutRequest: put }, { DeleteRequest: { Key: raw } }, { PutRequest: put }],
    none: [],
    c: [{ PutRequest: put }],
  });
  for (const more of [rest, {}, { ReturnConsumedCapacity: undefined }]) {
    const body = itemTexts.encode({ RequestItems: requests(text.put), ...more });
    expect(rawJson.decode(body)).toEqual({ RequestItems: requests({ Item: text.toItem() }), ...more });
  }
});
