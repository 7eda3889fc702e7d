import { countItems } from '../dynamodb/count-items.js';
import { describeTable } from '../dynamodb/describe-table.js';
import { MigrateError } from '../errors.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface CountOptions extends CommandOptions {
  /** Names as in migrations; the environment's `tableName` is applied. */
  readonly tables: readonly string[];
  /** Count with strongly consistent reads, at twice the capacity. */
  readonly consistent?: boolean | undefined;
}

/** Counts the items of tables exactly, by a parallel scan. */
export function count(options: CountOptions): Promise<Report> {
  return reportOrThrow(runCount(options));
}

export function runCount(options: CountOptions): Promise<Outcome> {
  const { tables, consistent = false } = options;
  return runCommand(
    'count',
    options,
    async ({ migrator, settings }) => {
      if (tables.length === 0) throw new MigrateError('USAGE', 'no table is named', { fix: 'migrate count <table…>' });
      const counts = [];
      for (const name of tables) {
        const table = settings.tableName(name);
        await describeTable(migrator.client, table);
        const { items, readUnits } = await countItems({
          client: migrator.client,
          tableName: table,
          totalSegments: 4,
          consistent,
          signal: migrator.signal,
          onProgress: (counted) => migrator.emit({ type: 'counted', table, items: counted }),
        });
        counts.push({ table, items, readUnits });
      }
      return { counts };
    },
    { withMigrations: false },
  );
}
