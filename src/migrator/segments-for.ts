import type { TableDescription } from '@aws-sdk/client-dynamodb';

/**
 * A segment for every 256 MB, at least 4 so that a small table is not slow, at most 64 as each has a page in the sample
 * before the first write. From 8 on there are more than are under way at once, so one that is hot holds up itself only.
 * The number is kept in the ledger: a resumed run scans the same segments.
 */
export function segmentsFor({ TableSizeBytes = 0 }: TableDescription): number {
  return Math.min(64, Math.max(4, Math.ceil(TableSizeBytes / 2 ** 28)));
}
