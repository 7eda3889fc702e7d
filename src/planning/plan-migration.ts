import { isAwsError } from '../dynamodb/aws-errors.js';
import { isMigrateError, messageOf } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import { checkBudgets } from '../migrator/check-budgets.js';
import { blockedBy } from '../migrator/held-tables.js';
import { type LoadedMigration, tablesOf } from '../migrator/migration.js';
import type { Migrator } from '../migrator/migrator.js';
import { dryRunMigration } from '../migrator/run-migration.js';
import type { MigrationPlan } from './migration-plan.js';
import { planInPlace } from './plan-in-place.js';
import type { KindPlan, PlanKindOptions } from './plan-kind.js';
import { planMove } from './plan-move.js';
import { type Prices, priceOf } from './price.js';
import { limitsWithin, secondsAtLimits } from './time-at-limits.js';

export interface PlanMigrationOptions extends PlanKindOptions {
  readonly row: LedgerRow | undefined;
  /** Tables that unfinished moves hold, with the move's id. */
  readonly held: ReadonlyMap<string, string>;
  /** The migration before it on the same table, if any is pending. */
  readonly after: string | undefined;
  readonly prices: Prices | undefined;
}

/** How long a stream keeps its records. */
const streamSeconds = 24 * 60 * 60;

/** What one migration would do. Reads only. What cannot be found out is a blocker or a note, and not an error. */
export async function planMigration(
  migrator: Migrator,
  file: LoadedMigration,
  options: PlanMigrationOptions,
): Promise<MigrationPlan> {
  const { settings } = migrator;
  const { id, definition } = file;
  const { row, held, after, prices } = options;
  const { kind, description, irreversible = null } = definition;
  const missingActions: string[] = [];
  const blockers: string[] = [];
  const notes: string[] = [];
  const found = await planKind(migrator, file, options).catch((error: unknown) => {
    const action = isAwsError(error, 'AccessDeniedException') ? deniedAction(error) : undefined;
    if (action !== undefined) missingActions.push(action);
    else if (isMigrateError(error, 'TABLE_NOT_FOUND')) {
      notes.push(`cannot be looked at: ${error.message} (an earlier migration may create it)`);
    } else if (isMigrateError(error) && error.exitCode !== 130) blockers.push(`${error.code}: ${error.message}`);
    else throw error;
    return nothing;
  });
  const holder = blockedBy(file, held, settings.tableName);
  if (holder !== undefined) blockers.push(`\`${holder}\` holds a table of it: finish that first`);
  const { failed = 0, collisions = [] } = found.items ?? {};
  // What fails now may not fail then, where another migration comes before.
  if (failed > 0 && after === undefined) {
    blockers.push(`${failed} of ${found.items?.sampled} items would fail`);
  }
  if (collisions.length > 0) blockers.push(`${collisions.length} keys of the new table are claimed by several items`);
  if (after !== undefined) notes.push(`looked at on the items as they are now, without \`${after}\` before it`);
  if (found.tables.some(({ replicas }) => replicas > 0)) {
    notes.push('each write is made in the other regions of the table too, and paid for there');
  }

  const shapeOf = (name: string) => found.tables.find((table) => table.name === name);
  const limitsOf = (name: string) => {
    const shape = shapeOf(name);
    return shape ? limitsWithin(shape, settings.budget) : { table: {}, indexes: {} };
  };
  const seconds = found.items === null ? null : secondsAtLimits(found.capacity, limitsOf);
  const backfill = secondsAtLimits(
    found.capacity.filter(({ phase }) => phase === 'backfill'),
    limitsOf,
  );
  const { tables: _tables, ...plan } = found;
  return {
    id,
    kind,
    description,
    resumes: row !== undefined,
    irreversible,
    tables: tablesOf(definition).map((name) => settings.tableName(name)),
    ...plan,
    seconds,
    price: priceOf(found.capacity, { prices, isOnDemand: (name) => shapeOf(name)?.provisioned === false }),
    fitsStream: kind !== 'move' || seconds === null || backfill === null ? null : backfill < streamSeconds,
    missingActions,
    blockers,
    notes: [...plan.notes, ...notes],
  };
}

const nothing: KindPlan = {
  tables: [],
  phases: [],
  operations: [],
  items: null,
  capacity: [],
  notCarried: [],
  notes: [],
};

async function planKind(migrator: Migrator, file: LoadedMigration, options: PlanMigrationOptions): Promise<KindPlan> {
  const { definition } = file;
  if (definition.kind !== 'steps') await checkBudgets(migrator, definition);
  if (definition.kind === 'in-place') return planInPlace(migrator, definition, options);
  if (definition.kind === 'move') return planMove(migrator, definition, file, options);
  const { lines } = await dryRunMigration(migrator, { file, direction: 'up', row: undefined });
  return { ...nothing, phases: ['run the steps'], operations: lines };
}

/** `User: … is not authorized to perform: dynamodb:Scan on resource: …` */
function deniedAction(error: Error): string {
  return /perform: (\S+)/.exec(messageOf(error))?.[1] ?? messageOf(error);
}
