import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { RawItem } from '../item/attribute-value.js';

/** Any one item of a table, to see what items look like. */
export async function readSample(client: DynamoDBClient, TableName: string): Promise<RawItem | undefined> {
  const { Items } = await client.send(new ScanCommand({ TableName, Limit: 1 }));
  return Items?.[0] as RawItem | undefined;
}
