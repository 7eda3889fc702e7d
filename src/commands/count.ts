import { countItems } from '../dynamodb/count-items.js';
import { describeTable } from '../dynamodb/describe-table.js';
import { MigrateError } from '../errors.js';
import { tablesOf } from '../migrator/migration.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import type { Session } from './session.js';

export interface CountOptions extends CommandOptions {
  /** Names as in migrations, to which the environment's `tableName` is applied; the id of a move stands for its two. */
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
    async (session) => {
      const { migrator, settings } = session;
      if (tables.length === 0) throw new MigrateError('USAGE', 'no table is named', { fix: 'migrate count <table…>' });
      const counts = [];
      for (const name of await namesOf(session, tables)) {
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

async function namesOf(session: Session, tables: readonly string[]): Promise<readonly string[]> {
  // Without a number in front it is no id, and the files need not be loaded.
  if (!tables.some((name) => /^\d+[-_]/.test(name))) return tables;
  const { migrations } = await session.files();
  return tables.flatMap((name) => {
    const definition = migrations.find((file) => file.id === name)?.definition;
    return definition?.kind === 'move' ? tablesOf(definition) : [name];
  });
}
