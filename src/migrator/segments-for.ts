import type { TableDescription } from '@aws-sdk/client-dynamodb';

/**
 * A segment for every GB, at least 4 so that a small table is not slow, at most 64 so that one process keeps up.
 * The number is kept in the ledger: a resumed run scans the same segments.
 */
export function segmentsFor({ TableSizeBytes = 0 }: TableDescription): number {
  return Math.min(64, Math.max(4, Math.ceil(TableSizeBytes / 2 ** 30)));
}
