/**
 * Capacity units, by "DynamoDB read and write operations" and "Provisioned throughput considerations for Global
 * Secondary Indexes" in AWS's developer guide.
 */

const readUnitBytes = 4 * 1024;
const writeUnitBytes = 1024;

/** What reading this many bytes in one request costs: a unit for 4 KB, half of it if not consistent. */
export function readUnits(bytes: number, { consistent }: { readonly consistent: boolean }): number {
  return Math.ceil(bytes / readUnitBytes) * (consistent ? 1 : 0.5);
}

/** What writing an item costs: a unit for 1 KB of the larger of what it was and what it becomes. */
export function writeUnits(...bytes: readonly number[]): number {
  return Math.ceil(Math.max(...bytes) / writeUnitBytes);
}
