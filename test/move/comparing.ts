import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import type { AttributeValue, RawItem } from '../../src/item/attribute-value.js';

/**
 * Every item of a table, by the text of its key, each as text: numbers to their last digit, sets sorted, bytes as hex.
 */
export type Contents = ReadonlyMap<string, string>;

export async function scanAll(client: DynamoDBClient, TableName: string): Promise<RawItem[]> {
  const items: RawItem[] = [];
  let ExclusiveStartKey: RawItem | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey, ConsistentRead: true }));
    items.push(...((page.Items ?? []) as RawItem[]));
    ExclusiveStartKey = page.LastEvaluatedKey as RawItem | undefined;
  } while (ExclusiveStartKey);
  return items;
}

/** Items as texts that can be compared. None of the code under test has a part in it. */
export function contentsOf(items: readonly RawItem[], keyNames: readonly string[]): Contents {
  const contents = new Map<string, string>();
  for (const item of items) {
    const key = keyNames.map((name) => JSON.stringify(item[name])).join(' ');
    if (contents.has(key)) throw new Error(`two items have the key ${key}`);
    contents.set(key, textOf({ M: { ...item } }));
  }
  return contents;
}

/** Says what differs, not only that something does; the maps as a whole would fill pages. */
export function expectSame(found: Contents, wanted: Contents): void {
  const keys = new Set([...found.keys(), ...wanted.keys()]);
  const different = [...keys].filter((key) => found.get(key) !== wanted.get(key)).sort();
  const told = (contents: Contents) => different.slice(0, 5).map((key) => [key, contents.get(key)]);
  expect({ different: different.length, items: told(found) }).toEqual({ different: 0, items: told(wanted) });
  expect(found.size).toBe(wanted.size);
}

function textOf(value: AttributeValue): string {
  const [[type, content] = ['', undefined]] = Object.entries(value) as [string, unknown][];
  switch (type) {
    case 'M': {
      const members = Object.entries(content as Record<string, AttributeValue>).map(
        ([name, member]) => `${JSON.stringify(name)}:${textOf(member)}`,
      );
      return `M{${members.sort().join()}}`;
    }
    case 'L':
      return `L[${(content as AttributeValue[]).map(textOf).join()}]`;
    case 'B':
      return `B ${hex(content as Uint8Array)}`;
    case 'BS':
      return `BS[${(content as Uint8Array[]).map(hex).sort().join()}]`;
    case 'SS':
      return `SS${JSON.stringify([...(content as string[])].sort())}`;
    case 'N':
      return `N ${numberText(content as string)}`;
    case 'NS':
      return `NS[${(content as string[]).map(numberText).sort().join()}]`;
    default:
      return `${type} ${JSON.stringify(content)}`;
  }
}

/**
 * All digits of a number, and its power of ten. DynamoDB Local does not always spell a number the same way: after an
 * UpdateItem it is `1.2E+3`, after a PutItem `1200`.
 */
function numberText(text: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const shorter = digits.replace(/0+$/, '');
  if (shorter === '') return '0';
  return `${sign}${shorter}e${Number(power) - fraction.length + digits.length - shorter.length}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
