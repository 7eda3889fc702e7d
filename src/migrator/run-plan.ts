import { MigrationError, Umzug, type UmzugStorage } from 'umzug';
import { throwIfStopped } from '../errors.js';
import type { Direction, LedgerRow, Totals } from '../ledger/rows.js';
import { isDone } from './check-state.js';
import { blocked, blockedBy, heldTables } from './held-tables.js';
import { type LoadedMigration, tablesOf } from './migration.js';
import type { LockedMigrator } from './migrator.js';
import { type RunOptions, runMigration } from './run-migration.js';

export interface RunPlanOptions extends RunOptions {
  /** The ledger's rows, claimed. */
  readonly rows: readonly LedgerRow[];
  readonly onFinished: (id: string) => void;
  /** Called for a move that came to its gate. */
  readonly onGate: (id: string) => void;
  /** The migration that was asked for by name: that it is blocked is then an error. */
  readonly to?: string | undefined;
}

/**
 * Runs planned migrations one by one through umzug, which keeps the account of what is done in the ledger.
 * One id a call: what runs, and in which order, was decided by the plan, and umzug's own idea of "pending" would
 * also run what the plan left out. Upwards it ends at a migration that is blocked by an unfinished move.
 */
export async function runPlan(
  migrator: LockedMigrator,
  plan: readonly LoadedMigration[],
  direction: Direction,
  options: RunPlanOptions,
): Promise<void> {
  const { emit, settings, holdTables } = migrator;
  const held = heldTables(options.rows);
  const rows = new Map(options.rows.map((row) => [row.id, row]));
  const totals = new Map<string, Totals | undefined>();
  const umzug = new Umzug({
    migrations: plan.map((file) => {
      const run = async () => {
        totals.set(file.id, await runMigration(migrator, { file, direction, row: rows.get(file.id) }, options));
      };
      return { name: file.id, path: file.path, up: run, down: run };
    }),
    storage: ledgerStorage(migrator, direction, rows, (id) => stopsAtGate(plan, direction, id)),
    logger: undefined,
  });

  for (const file of plan) {
    const { id, definition } = file;
    throwIfStopped(migrator.signal, 'stopped before the next migration');
    const holder = direction === 'up' ? blockedBy(file, held, settings.tableName) : undefined;
    if (holder !== undefined) {
      const error = blocked(id, holder);
      if (options.to !== undefined) throw error;
      emit({ type: 'note', message: error.message });
      return;
    }
    // What steps write, nobody can know before: each request of theirs is looked at.
    holdTables(definition.kind === 'steps' ? held : new Map());
    const startedAt = performance.now();
    try {
      await umzug[direction]({ migrations: [id] });
    } catch (error) {
      // umzug wraps what a migration throws.
      throw error instanceof MigrationError ? error.cause : error;
    }
    if (stopsAtGate(plan, direction, id)) {
      for (const name of tablesOf(definition)) held.set(settings.tableName(name), id);
      options.onGate(id);
    } else options.onFinished(id);
    const elapsedMs = performance.now() - startedAt;
    emit({ type: 'finished', id, kind: definition.kind, direction, totals: totals.get(id), elapsedMs });
  }
}

/** A move is not applied by `up`: it waits for its cutover. */
function stopsAtGate(plan: readonly LoadedMigration[], direction: Direction, id: string): boolean {
  return direction === 'up' && plan.find((file) => file.id === id)?.definition.kind === 'move';
}

/** The ledger as umzug's storage: what has run in this direction's sense, and how that is recorded. */
function ledgerStorage(
  { ledger, history, lease, actor, controls, paces }: LockedMigrator,
  direction: Direction,
  rows: ReadonlyMap<string, LedgerRow>,
  isUnfinished: (id: string) => boolean,
): UmzugStorage {
  /** What was asked of this run is not asked of the next one. */
  const forgetControl = (id: string) => Promise.all([controls.clear(id), paces.clearAll(id)]);
  return {
    // A migration that stopped half-way up has something to take back.
    executed: async () => [...rows.values()].filter((row) => direction === 'down' || isDone(row)).map((row) => row.id),
    async logMigration({ name }) {
      if (isUnfinished(name)) return;
      await ledger.finish(lease, name);
      await forgetControl(name);
      await history.append({ action: 'up', id: name, by: actor });
    },
    async unlogMigration({ name }) {
      await ledger.remove(lease, name);
      await forgetControl(name);
      await history.append({ action: 'down', id: name, by: actor });
    },
  };
}
