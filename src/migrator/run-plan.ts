import { MigrationError, Umzug, type UmzugStorage } from 'umzug';
import { throwIfStopped } from '../errors.js';
import type { Direction, LedgerRow, Totals } from '../ledger/rows.js';
import { isDone } from './check-state.js';
import type { LoadedMigration } from './migration.js';
import type { LockedMigrator } from './migrator.js';
import { type RunOptions, runMigration } from './run-migration.js';

export interface RunPlanOptions extends RunOptions {
  /** The ledger's rows, claimed. */
  readonly rows: readonly LedgerRow[];
  readonly onFinished: (id: string) => void;
}

/**
 * Runs planned migrations one by one through umzug, which keeps the account of what is done in the ledger.
 * One id a call: what runs, and in which order, was decided by the plan, and umzug's own idea of "pending" would
 * also run what the plan left out.
 */
export async function runPlan(
  migrator: LockedMigrator,
  plan: readonly LoadedMigration[],
  direction: Direction,
  options: RunPlanOptions,
): Promise<void> {
  const { emit } = migrator;
  const rows = new Map(options.rows.map((row) => [row.id, row]));
  const totals = new Map<string, Totals | undefined>();
  const umzug = new Umzug({
    migrations: plan.map((file) => {
      const run = async () => {
        totals.set(file.id, await runMigration(migrator, { file, direction, row: rows.get(file.id) }, options));
      };
      return { name: file.id, path: file.path, up: run, down: run };
    }),
    storage: ledgerStorage(migrator, direction, rows),
    logger: undefined,
  });

  for (const { id } of plan) {
    throwIfStopped(migrator.signal, 'stopped before the next migration');
    const startedAt = performance.now();
    try {
      await umzug[direction]({ migrations: [id] });
    } catch (error) {
      // umzug wraps what a migration throws.
      throw error instanceof MigrationError ? error.cause : error;
    }
    options.onFinished(id);
    emit({ type: 'finished', id, direction, totals: totals.get(id), elapsedMs: performance.now() - startedAt });
  }
}

/** The ledger as umzug's storage: what has run in this direction's sense, and how that is recorded. */
function ledgerStorage(
  { ledger, history, lease, actor }: LockedMigrator,
  direction: Direction,
  rows: ReadonlyMap<string, LedgerRow>,
): UmzugStorage {
  return {
    // A migration that stopped half-way up has something to take back.
    executed: async () => [...rows.values()].filter((row) => direction === 'down' || isDone(row)).map((row) => row.id),
    async logMigration({ name }) {
      await ledger.finish(lease, name);
      await history.append({ action: 'up', id: name, by: actor });
    },
    async unlogMigration({ name }) {
      await ledger.remove(lease, name);
      await history.append({ action: 'down', id: name, by: actor });
    },
  };
}
