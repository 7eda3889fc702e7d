import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import { scanSegment } from '../dynamodb/scan.js';
import { throwIfStopped } from '../errors.js';
import type { AttributeValue, RawItem } from '../item/attribute-value.js';
import { itemSize } from '../item/size.js';
import { readUnits } from './capacity-units.js';

/** A page as a run would read it. */
export interface PlannedPage {
  readonly items: readonly RawItem[];
  /** Items read, those that `where` leaves out included. */
  readonly scanned: number;
  /** What a read that is not consistent costs. */
  readonly readUnits: number;
}

export interface ReadTableOptions {
  readonly client: DynamoDBClient;
  readonly table: TableDescription;
  readonly where?: Readonly<Record<string, AttributeValue>> | undefined;
  /** Items a page, as the run reads them: each page is rounded up on its own. */
  readonly pageSize: number;
  /** About how many items to read; `all` of them. */
  readonly sample: number | 'all';
  readonly signal: AbortSignal;
  readonly onPage: (page: PlannedPage) => void;
}

export interface ReadTable {
  /** Items in the table. */
  readonly total: number;
  readonly scanned: number;
  /** The whole table was read. */
  readonly complete: boolean;
}

/**
 * Reads a sample of a table: the first page of many segments, which DynamoDB cuts by the hash of the partition key. The
 * whole table is read where that is no more, and where nobody knows how many items there are.
 */
export async function readTable(options: ReadTableOptions): Promise<ReadTable> {
  const { client, table, where, pageSize, sample, signal, onPage } = options;
  const { TableName: tableName = '', ItemCount = 0 } = table;
  const isWhole = sample === 'all' || ItemCount <= sample;
  const totalSegments = isWhole ? 4 : Math.ceil(sample / pageSize);
  let scanned = 0;
  let complete = true;
  await Promise.all(
    Array.from({ length: totalSegments }, async (_, segment) => {
      const pages = scanSegment({
        client,
        tableName,
        segment,
        totalSegments,
        where,
        limit: pageSize,
        consistent: false,
      });
      for await (const page of pages) {
        throwIfStopped(signal, 'stopped after the page');
        scanned += page.scanned;
        const bytes = page.items.reduce((sum, item) => sum + itemSize(item), 0);
        // Not every engine tells what it cost.
        onPage({ ...page, readUnits: page.readUnits || readUnits(bytes, { consistent: false }) });
        if (isWhole) continue;
        complete &&= page.lastKey === undefined;
        break;
      }
    }),
  );
  return { total: complete ? scanned : Math.max(ItemCount, scanned), scanned, complete };
}
