/** How large a table is, as DescribeTable tells it: up to six hours late, and 0 where it does not know. */
export interface TableSize {
  readonly TableSizeBytes?: number | undefined;
  readonly ItemCount?: number | undefined;
}

const bytesEach = 256 * 2 ** 20;
const itemsEach = 250_000;
const atLeast = 16;
const atMost = 10_000;

/**
 * How many segments the backfill of a move is cut into: small enough that one takes a worker minutes, so that there is
 * always one to take for a worker that is done, or joins late; no fewer than 16, so that two processes can share a table
 * of unknown size. The number cannot change while a run goes on (see docs/design/0007-segment-leases.md).
 */
export function segmentsForMove({ TableSizeBytes = 0, ItemCount = 0 }: TableSize): number {
  const wanted = Math.ceil(Math.max(TableSizeBytes / bytesEach, ItemCount / itemsEach));
  return Math.min(atMost, Math.max(atLeast, wanted));
}
