import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, KeyNames } from '../item/attribute-value.js';
import { isAwsError } from './aws-errors.js';
import type { KeyAttribute } from './table-spec.js';

/**
 * Whether this process may write a table, as DynamoDB sees it at this moment. It asks for the deletion of a random
 * key under a condition that nothing fulfils, so it never writes. A role that may not delete items finds every table
 * `refused`: that it was `open` before the fence is part of the proof.
 *
 * @param keyTypes by attribute name.
 */
export async function probeWrites(
  client: DynamoDBClient,
  tableName: string,
  { partitionKey, sortKey }: KeyNames,
  keyTypes: Readonly<Record<string, KeyAttribute['type']>>,
): Promise<'refused' | 'open'> {
  const names = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  try {
    await client.send(
      new DeleteItemCommand({
        TableName: tableName,
        Key: Object.fromEntries(names.map((name) => [name, randomValue(keyTypes[name])])),
        ConditionExpression: 'attribute_exists(#pk) AND attribute_not_exists(#pk)',
        ExpressionAttributeNames: { '#pk': partitionKey },
      }),
    );
    return 'open';
  } catch (error) {
    if (isAwsError(error, 'AccessDeniedException')) return 'refused';
    if (isAwsError(error, 'ConditionalCheckFailedException')) return 'open';
    throw error;
  }
}

function randomValue(type: KeyAttribute['type'] = 'S'): AttributeValue {
  switch (type) {
    case 'S':
      return { S: `dynamigrate-probe-${randomUUID()}` };
    case 'N':
      return { N: `${randomInt(2 ** 47)}` };
    case 'B':
      return { B: new Uint8Array(randomBytes(16)) };
  }
}
