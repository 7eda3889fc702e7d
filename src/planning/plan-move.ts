import type { MoveMigration } from '../definition/define-move.js';
import { checkTarget } from '../dynamodb/check-target.js';
import { findTable } from '../dynamodb/describe-table.js';
import { planTarget } from '../dynamodb/plan-target.js';
import { describeSource } from '../dynamodb/read-source.js';
import { isMigrateError } from '../errors.js';
import type { RawItem } from '../item/attribute-value.js';
import { keyOf } from '../item/key.js';
import { itemSize } from '../item/size.js';
import type { LoadedMigration } from '../migrator/migration.js';
import type { Migrator } from '../migrator/migrator.js';
import { type Move, openMove } from '../migrator/move/move.js';
import { targetItemsOf } from '../reconcile/mapping.js';
import { describeTransform } from '../transform/describe-transform.js';
import { asMigrateError } from './as-migrate-error.js';
import { readUnits } from './capacity-units.js';
import type { CapacityPlan } from './migration-plan.js';
import { observeItems, scale } from './observed-items.js';
import type { KindPlan, PlanKindOptions } from './plan-kind.js';
import { readTable } from './read-table.js';
import { tableShape } from './table-shape.js';

/** Pages of a backfill have 100 to 1,000 items, as fast as they go; each is rounded up to 4 KB. */
const pageSize = 250;

/** Reads a sample of the source, and works out what copying and comparing it would cost. */
export async function planMove(
  migrator: Migrator,
  definition: MoveMigration,
  file: LoadedMigration,
  { sample, values }: PlanKindOptions,
): Promise<KindPlan> {
  const { client, signal } = migrator;
  const move = await openMove(migrator, file, definition);
  const { source, target, mapping } = move;
  const described = await describeSource(client, source.tableName);
  const plan = planTarget(described, {
    tableName: target.tableName,
    wishes: definition.target,
    ...(definition.rekeyed && { rekeyed: definition.rekeyed }),
  });
  const existing = await findTable(client, target.tableName);
  const shape = tableShape(existing ?? plan.input, existing ?? {});
  const notes: string[] = [];
  if (definition.target.expect) notes.push(...(await checkTarget(client, plan, target.tableName)).warnings);
  else notes.push(existing ? `${target.tableName} is there already` : `${target.tableName} would be created`);

  const seen = observeItems({
    keyNames: mapping.sourceKeys,
    target: shape,
    values,
    claims: mapping.owner ? mapping.targetKeys : undefined,
  });
  const byKey = { source: 0, target: 0 };
  let halfScan = 0;
  const read = await readTable({
    client,
    table: described.table,
    pageSize,
    sample,
    signal,
    onPage(page) {
      halfScan += page.readUnits;
      for (const item of page.items) {
        byKey.source += readUnits(itemSize(item), { consistent: true });
        for (const result of observe(item, move, seen))
          byKey.target += readUnits(itemSize(result), { consistent: true });
      }
    },
  });

  const factor = scale(read);
  const indexes = shape.indexes.map(({ name }, index) => ({
    name,
    writeUnits: Math.round((seen.units.indexes[index] ?? 0) * factor),
  }));
  const writeUnits = Math.round(seen.units.table * factor) + indexes.reduce((sum, one) => sum + one.writeUnits, 0);
  const reading = (phase: CapacityPlan['phase'], table: string, units: number): CapacityPlan => ({
    phase,
    table,
    readUnits: Math.ceil(units * factor),
    writeUnits: 0,
    indexes: [],
  });
  return {
    tables: [tableShape(described.table, described.table), shape],
    phases: [
      'prepare',
      'sync',
      'backfill',
      'verify',
      'gate: cutover',
      ...(definition.irreversible === undefined ? ['reverse sync'] : []),
      'gate: complete',
    ],
    operations: [describeTransform(definition.up) || 'copy the items as they are'],
    items: seen.plan(read, definition.down !== undefined, false),
    capacity: [
      // A consistent scan, and each item once more, to see that it was still so after its write.
      reading('backfill', source.tableName, 2 * halfScan + byKey.source),
      { phase: 'backfill', table: target.tableName, readUnits: 0, writeUnits, indexes },
      // Each table is scanned, and each item looked up in the other one.
      reading('verify', source.tableName, 2 * halfScan + byKey.source),
      reading('verify', target.tableName, seen.bytes.after / 4096 + byKey.target),
    ],
    notCarried: definition.target.expect ? [] : plan.notCarried,
    notes,
  };
}

/** What an item leads to; nothing where it fails, or is left out. */
function observe(item: RawItem, { definition, mapping }: Move, seen: ReturnType<typeof observeItems>): RawItem[] {
  seen.read(item);
  try {
    const results = targetItemsOf(keyOf(item, mapping.sourceKeys), item, mapping).map((wanted) => wanted.item);
    if (results.length === 0) {
      // A move that keeps keys deletes what may be there, at a unit.
      seen.leftOut(mapping.owner ? 0 : 1);
      return [];
    }
    seen.changed(item, results, undefined);
    const [after] = results;
    if (definition.down && after) seen.roundTrip(item, takenBack(definition.down, after, item));
    return results;
  } catch (error) {
    seen.failed(item, asMigrateError(error));
    return [];
  }
}

function takenBack(down: NonNullable<MoveMigration['down']>, after: RawItem, old: RawItem): RawItem | undefined {
  try {
    return down(after, old);
  } catch (error) {
    if (!isMigrateError(error)) throw error;
    return undefined;
  }
}
