import type { MigrationPlan } from './migration-plan.js';
import type { TableShape } from './table-shape.js';

export interface PlanKindOptions {
  /** About how many items to read of each table; `all` of them. */
  readonly sample: number | 'all';
  /** Show values of items, and not only their types and sizes. */
  readonly values: boolean;
}

/** What the planner of one kind of migration finds out. */
export interface KindPlan
  extends Pick<MigrationPlan, 'phases' | 'operations' | 'items' | 'capacity' | 'notCarried' | 'notes'> {
  /** The tables that are read and written, as they are or would be. */
  readonly tables: readonly TableShape[];
}
