import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ItemChange } from '../dynamodb/item-change.js';
import { scanSegment } from '../dynamodb/scan.js';
import type { Rewrite } from './plan-change.js';
import { type ItemFailure, planChanges } from './rewrite-items.js';
import { pageSize } from './run-in-place.js';

export interface Preflight {
  readonly failures: readonly ItemFailure[];
  /** The change of one item, to show; `undefined` when no item of the sample would change. */
  readonly example: ItemChange | undefined;
  readonly sampled: number;
  /** How many of the sampled items have each attribute. */
  readonly taken: ReadonlyMap<string, number>;
  /** How many of the sampled items would change. */
  readonly changed: number;
  /** The whole table was read, so `sampled` is its size. */
  readonly complete: boolean;
}

/**
 * Plans the first page of every segment and writes nothing: a transform that throws, returns a promise, changes
 * a key or would change an item twice is found before the first write, and on a small table all of it is.
 *
 * @throws MigrateError when the transform itself is invalid.
 */
export async function preflight(options: {
  readonly client: DynamoDBClient;
  readonly rewrite: Rewrite;
  readonly totalSegments: number;
}): Promise<Preflight> {
  const { client, rewrite, totalSegments } = options;
  const { tableName, where } = rewrite;
  const samples = await Promise.all(
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
      for await (const page of pages) return { page, ...planChanges(page.items, rewrite) };
      throw new Error('unreachable: a segment has at least one page');
    }),
  );
  const changes = samples.flatMap((sample) => sample.changes);
  const taken = new Map<string, number>();
  for (const { page } of samples) {
    for (const item of page.items) {
      for (const name of Object.keys(item)) taken.set(name, (taken.get(name) ?? 0) + 1);
    }
  }
  return {
    failures: samples.flatMap((sample) => sample.failures),
    example: changes[0],
    sampled: samples.reduce((sum, { page }) => sum + page.scanned, 0),
    changed: changes.length,
    taken,
    complete: samples.every(({ page }) => page.lastKey === undefined),
  };
}
