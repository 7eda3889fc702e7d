import type { CheckpointBinding, Position } from './checkpoints.js';
import { decodeRawKey, encodeRawKey } from './raw-key.js';
import type { Row, RowKey } from './row-store.js';

/** Where every segment begins. */
export const BEGINNING: Position = {
  done: false,
  pass: 1,
  passScanned: 0,
  passChanged: 0,
  pages: 0,
  scanned: 0,
  changed: 0,
  readUnits: 0,
  writeUnits: 0,
};

export function checkpointPartition(id: string): string {
  return `checkpoints#${id}`;
}

export function checkpointKey({ id, direction }: Pick<CheckpointBinding, 'id' | 'direction'>, segment: number): RowKey {
  // DynamoDB allows 1,000,000 segments.
  return { pk: checkpointPartition(id), sk: `${direction}#${String(segment).padStart(6, '0')}` };
}

/** The attributes of a row that stores a position. */
export function encodePosition(binding: CheckpointBinding, segment: number, position: Position, savedAt: string) {
  const { exclusiveStartKey, ...counters } = position;
  const { checksum, direction, totalSegments, run } = binding;
  const startKey = exclusiveStartKey && encodeRawKey(exclusiveStartKey);
  return { ...counters, startKey, checksum, direction, totalSegments, run, segment, savedAt };
}

export function isBoundTo(row: Row, { checksum, direction, totalSegments, run }: CheckpointBinding): boolean {
  return (
    row.checksum === checksum && row.direction === direction && row.totalSegments === totalSegments && row.run === run
  );
}

export function positionOf(row: Row): Position {
  const { done, pass, passScanned, passChanged, pages, scanned, changed, readUnits, writeUnits } =
    row as unknown as Position;
  const { counts } = row as unknown as Position;
  const counters = {
    ...{ done, pass, passScanned, passChanged, pages, scanned, changed, readUnits, writeUnits },
    ...(counts && { counts }),
  };
  return typeof row.startKey === 'string' ? { exclusiveStartKey: decodeRawKey(row.startKey), ...counters } : counters;
}
