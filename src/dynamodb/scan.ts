import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { AnyItem, AttributeValue, RawItem } from '../item/attribute-value.js';
import { askForTexts } from './raw-requests.js';
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
  /** Where the client knows texts, items are texts. Default: raw items. */
  readonly asTexts?: boolean | undefined;
}

export interface ScanPage<T extends AnyItem = RawItem> {
  readonly items: readonly T[];
  /** Where the next page starts; `undefined` at the end of the segment. */
  readonly lastKey: RawItem | undefined;
  /** Items read, those that `where` left out included. */
  readonly scanned: number;
  readonly readUnits: number;
}

type Pages<T extends AnyItem = RawItem> = AsyncGenerator<ScanPage<T>, void, void>;

/** The pages of one segment, from `startKey` to its end. The next page is asked for only when it is wanted. */
export function scanSegment(options: ScanOptions & { readonly asTexts?: false }): Pages;
export function scanSegment(options: ScanOptions): Pages<AnyItem>;
export async function* scanSegment(options: ScanOptions): Pages<AnyItem> {
  const { client, tableName, segment, totalSegments, where, limit, consistent, asTexts } = options;
  const marked = asTexts ? askForTexts : <C>(command: C) => command;
  let startKey = options.startKey;
  do {
    const output = await retryTransient(() =>
      client.send(
        marked(
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
      ),
    );
    const lastKey = output.LastEvaluatedKey as RawItem | undefined;
    yield {
      items: (output.Items ?? []) as AnyItem[],
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
