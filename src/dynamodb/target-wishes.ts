import type { IndexSpec, Throughput } from './table-spec.js';

/** What the author of a move asks of the new table; all else is carried over from the source. */
export interface TargetWishes {
  /** The table is made by somebody else (infrastructure code): it is checked, and never created, changed or deleted. */
  readonly expect?: boolean;
  /** Global indexes beside those of the source; same name replaces. */
  readonly indexes?: readonly IndexSpec[];
  /** Indexes of the source (global or local) that the target does not get. */
  readonly dropIndexes?: readonly string[];
  readonly throughput?: Throughput | 'on-demand';
}
