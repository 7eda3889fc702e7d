import { paginateScan } from '@aws-sdk/client-dynamodb';

export const OLD = 'USER_PREFERENCES';
export const NEW = 'USER_PREFERENCESV2';

/** All items of a table by key, read by the demo itself and not by the tool. */
export async function readTable(client, TableName) {
  const items = new Map();
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    for (const item of Items) items.set(keyOf(item), item);
  }
  return items;
}

export const keyOf = ({ id, preferenceType }) => `${id.S} ${preferenceType.S}`;

/** The attribute that holds the value, in the form of each table. */
export const valueName = (table) => (table === NEW ? 'preferenceValue' : 'prefVal');
