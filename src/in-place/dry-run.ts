import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { scanSegment } from '../dynamodb/scan.js';
import type { Rewrite } from './plan-change.js';
import { type ItemFailure, planChanges } from './rewrite-items.js';
import { pageSize } from './run-in-place.js';

export interface DryRunResult {
  readonly scanned: number;
  readonly changed: number;
  readonly errors: number;
  readonly firstFailure: ItemFailure | undefined;
  readonly readUnits: number;
}

/** The run without its writes: reads every item and plans its change. */
export async function dryRun(options: {
  readonly client: DynamoDBClient;
  readonly rewrite: Rewrite;
  readonly totalSegments: number;
  readonly signal: AbortSignal;
}): Promise<DryRunResult> {
  const { client, rewrite, totalSegments, signal } = options;
  const { tableName, where } = rewrite;
  const total = { scanned: 0, changed: 0, errors: 0, readUnits: 0 };
  let firstFailure: ItemFailure | undefined;
  const readSegment = async (segment: number) => {
    const pages = scanSegment({ client, tableName, segment, totalSegments, where, limit: pageSize, consistent: false });
    for await (const page of pages) {
      signal.throwIfAborted();
      const { changes, failures } = planChanges(page.items, rewrite);
      total.scanned += page.scanned;
      total.changed += changes.length;
      total.errors += failures.length;
      total.readUnits += page.readUnits;
      firstFailure ??= failures[0];
    }
  };
  await Promise.all(Array.from({ length: totalSegments }, (_, segment) => readSegment(segment)));
  return { ...total, firstFailure };
}
