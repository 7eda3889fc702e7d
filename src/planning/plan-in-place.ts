import type { InPlaceMigration } from '../definition/define-migration.js';
import { isMigrateError } from '../errors.js';
import { planChange, type Rewrite } from '../in-place/plan-change.js';
import { pageSize } from '../in-place/run-in-place.js';
import type { RawItem } from '../item/attribute-value.js';
import type { Migrator } from '../migrator/migrator.js';
import { openRewrite } from '../migrator/run-in-place-migration.js';
import { segmentsFor } from '../migrator/segments-for.js';
import { describeTransform } from '../transform/describe-transform.js';
import { applyTransform, type Transform } from '../transform/transform.js';
import { asMigrateError } from './as-migrate-error.js';
import type { CapacityPlan } from './migration-plan.js';
import { observeItems, scale } from './observed-items.js';
import type { KindPlan, PlanKindOptions } from './plan-kind.js';
import { readTable } from './read-table.js';
import { tableShape } from './table-shape.js';

/** Reads a sample, applies the transform to it, and works out what a run would read and write. */
export async function planInPlace(
  migrator: Migrator,
  definition: InPlaceMigration,
  { sample, values }: PlanKindOptions,
): Promise<KindPlan> {
  const { client, signal } = migrator;
  const { rewrite, table } = await openRewrite(migrator, definition, 'up');
  const shape = tableShape(table, table);
  const seen = observeItems({ keyNames: rewrite.keyNames, target: shape, values });
  let firstPass = 0;
  const read = await readTable({
    client,
    table,
    where: rewrite.where,
    pageSize,
    sample,
    signal,
    onPage(page) {
      firstPass += page.readUnits;
      for (const item of page.items) observe(item, rewrite, definition.down, seen);
    },
  });

  const factor = scale(read);
  const rewriteUnits = firstPass * factor;
  const growth = Math.max(0, seen.bytes.after - seen.bytes.before) * factor;
  const tried = read.total === 0 ? 0 : Math.min(1, (segmentsFor(table) * pageSize) / read.total);
  const own = seen.units.table * factor;
  const indexes = shape.indexes.map(({ name }, index) => ({
    name,
    writeUnits: Math.round((seen.units.indexes[index] ?? 0) * factor),
  }));
  const capacity: CapacityPlan[] = [
    // The first page of each segment is tried before anything is written.
    { phase: 'try', table: shape.name, readUnits: rewriteUnits * tried, writeUnits: 0, indexes: [] },
    {
      phase: 'rewrite',
      table: shape.name,
      readUnits: rewriteUnits,
      writeUnits: Math.round(own) + indexes.reduce((sum, one) => sum + one.writeUnits, 0),
      indexes,
    },
    // One pass, consistent, if nobody writes the old form meanwhile.
    { phase: 'verify', table: shape.name, readUnits: 2 * rewriteUnits + growth / 4096, writeUnits: 0, indexes: [] },
  ];
  return {
    tables: [shape],
    phases: ['try', 'rewrite', 'verify'],
    operations: [describeTransform(definition.up)],
    items: seen.plan(read, definition.down !== undefined, true),
    capacity: capacity.map((one) => ({ ...one, readUnits: Math.ceil(one.readUnits) })),
    notCarried: [],
    notes: [],
  };
}

function observe(
  item: RawItem,
  rewrite: Rewrite,
  down: Transform | undefined,
  seen: ReturnType<typeof observeItems>,
): void {
  seen.read(item);
  try {
    if (planChange(rewrite, item) === undefined) {
      seen.unchanged(item);
      return;
    }
    const after = applyTransform(rewrite.transform, item).item;
    seen.changed(item, [after], item);
    if (down) seen.roundTrip(item, takenBack(down, after));
  } catch (error) {
    seen.failed(item, asMigrateError(error));
  }
}

function takenBack(down: Transform, after: RawItem): RawItem | undefined {
  try {
    return applyTransform(down, after).item;
  } catch (error) {
    if (!isMigrateError(error)) throw error;
    return undefined;
  }
}
