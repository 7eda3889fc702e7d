import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import { retryTransient } from './retry.js';

export interface ScanOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly segment: number;
  readonly totalSegments: number;
  readonly startKey?: RawItem | undefined;
  /** Only items whose attributes have exactly these values. */
  readonly where?: Readonly<Record<string, AttributeValue>> | undefined;
  /** Items a page, before the filter. */
  readonly limit: number;
  readonly consistent: boolean;
}

export interface ScanPage {
  readonly items: readonly RawItem[];
  /** Where the next page starts; `undefined` at the end of the segment. */
  readonly lastKey: RawItem | undefined;
  /** Items read, those that `where` left out included. */
  readonly scanned: number;
  readonly readUnits: number;
}

/** The pages of one segment, from `startKey` to its end. The next page is asked for only when it is wanted. */
export async function* scanSegment(options: ScanOptions): AsyncGenerator<ScanPage, void, void> {
  const { client, tableName, segment, totalSegments, where, limit, consistent } = options;
  let startKey = options.startKey;
  do {
    const output = await retryTransient(() =>
      client.send(
        new ScanCommand({
          TableName: tableName,
          Segment: segment,
          TotalSegments: totalSegments,
          ExclusiveStartKey: startKey,
          Limit: limit,
          ConsistentRead: consistent,
          ReturnConsumedCapacity: 'TOTAL',
          ...filterExpression(where),
        }),
      ),
    );
    const lastKey = output.LastEvaluatedKey as RawItem | undefined;
    yield {
      items: (output.Items ?? []) as RawItem[],
      lastKey,
      scanned: output.ScannedCount ?? 0,
      readUnits: output.ConsumedCapacity?.CapacityUnits ?? 0,
    };
    startKey = lastKey;
  } while (startKey !== undefined);
}

function filterExpression(where: ScanOptions['where']) {
  const entries = Object.entries(where ?? {});
  if (entries.length === 0) return {};
  return {
    FilterExpression: entries.map((_, index) => `#w${index}=:w${index}`).join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#w${index}`, name])),
    ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], index) => [`:w${index}`, value])),
  };
}
