import type { Position } from '../ledger/checkpoints.js';

/**
 * How far one segment has come. Pass 1 rewrites; the later ones verify, and rewrite what arrived in the old form
 * meanwhile. A position is stored after a page's writes were acknowledged, so a run that dies reads at most one
 * page of each segment again.
 */
export type SegmentPosition = Position;

/** Keeps one position a segment. */
export interface CheckpointStore {
  /** The stored position, or the beginning; from now on writable by this run only. */
  claim(segment: number): Promise<SegmentPosition>;
  save(segment: number, position: SegmentPosition): Promise<void>;
}

export function nextPass(position: SegmentPosition, pass: number): SegmentPosition {
  return { ...position, pass, exclusiveStartKey: undefined, done: false, passScanned: 0, passChanged: 0 };
}
