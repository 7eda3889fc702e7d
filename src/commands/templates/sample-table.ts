import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describeTable, keyNamesOf } from '../../dynamodb/describe-table.js';
import { scanSegment } from '../../dynamodb/scan.js';
import type { AttributeValue, RawItem } from '../../item/attribute-value.js';
import type { Field } from './source-text.js';

/** How many items are looked at. */
const sampleSize = 50;

/** What is known of a table from its keys and the first of its items: names and types, no values. */
export interface TableSample {
  readonly keys: readonly Field[];
  readonly fields: readonly Field[];
  readonly items: number;
}

/**
 * Reads one page of a table. Attributes that are not on every item are optional.
 *
 * @throws MigrateError `TABLE_NOT_FOUND`.
 */
export async function sampleTable(client: DynamoDBClient, tableName: string): Promise<TableSample> {
  const table = await describeTable(client, tableName);
  const { partitionKey, sortKey } = keyNamesOf(table);
  const names = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  const scan = { client, tableName, segment: 0, totalSegments: 1, limit: sampleSize, consistent: false };
  const { value: page } = await scanSegment(scan).next();
  const items = page?.items ?? [];
  const types = new Map(table.AttributeDefinitions?.map((each) => [each.AttributeName, each.AttributeType]));
  return {
    keys: names.map((name) => ({ name, type: keyTypes[types.get(name) ?? 'S'] ?? 'string' })),
    fields: fieldsOf(items).filter(({ name }) => !names.includes(name)),
    items: items.length,
  };
}

function fieldsOf(items: readonly RawItem[]): Field[] {
  const found = new Map<string, { types: Set<string>; count: number }>();
  for (const item of items) {
    for (const [name, value] of Object.entries(item)) {
      const entry = found.get(name) ?? { types: new Set(), count: 0 };
      entry.types.add(typeOf(value));
      found.set(name, { types: entry.types, count: entry.count + 1 });
    }
  }
  return Array.from(found, ([name, { types, count }]) => ({
    name,
    type: [...types].sort().join(' | '),
    optional: count < items.length,
  }));
}

const keyTypes: Readonly<Record<string, string>> = { S: 'string', N: 'number', B: 'Uint8Array' };

const attributeTypes: Readonly<Record<string, string>> = {
  ...keyTypes,
  BOOL: 'boolean',
  NULL: 'null',
  SS: 'Set<string>',
  NS: 'Set<number>',
  BS: 'Set<Uint8Array>',
  L: 'unknown[]',
  M: 'Record<string, unknown>',
};

function typeOf(value: AttributeValue): string {
  return attributeTypes[Object.keys(value)[0] ?? ''] ?? 'unknown';
}
