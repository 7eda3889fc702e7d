import { describe, expect, test } from 'vitest';
import { answerOf } from '../../../src/dynamodb/budget/metered-request.js';
import { rawJson } from '../../../src/dynamodb/raw-json.js';
import { itemTexts } from '../../../src/dynamodb/text/item-texts.js';
import type { RawItem } from '../../../src/item/attribute-value.js';

const large: RawItem = { id: { S: 'a' }, text: { S: 'x'.repeat(300_000) } };

function answered(operation: string, input: object, output: object) {
  return answerOf(operation, input, itemTexts.decode(rawJson.encode(output)), 'ITEMS');
}

describe('the budget of a client that reads texts', () => {
  const input = { RequestItems: { ITEMS: { Keys: Array.from({ length: 5 }, () => ({})), ConsistentRead: true } } };

  test('does not take an answer that is full for one that was throttled', () => {
    const UnprocessedKeys = { ITEMS: { Keys: [{ id: { S: 'b' } }] } };
    const full = { Responses: { ITEMS: [large, large, large, large] }, UnprocessedKeys };
    expect(answered('BatchGetItem', input, full).throttled).toBe(false);
    expect(answered('BatchGetItem', input, { Responses: { ITEMS: [large] }, UnprocessedKeys }).throttled).toBe(true);
  });

  test('counts what came back where the engine does not tell what it consumed', () => {
    const scan = answered('Scan', { TableName: 'ITEMS', ConsistentRead: true }, { Items: [large, large] });
    expect(scan.bySize()).toBe(147);
    expect(answered('BatchGetItem', input, { Responses: { ITEMS: [large, large] } }).bySize()).toBe(3 + 2 * 74);
  });
});
