import { MigrateError } from '../errors.js';
import { isDone } from '../migrator/check-state.js';
import { tablesOf } from '../migrator/migration.js';
import { unknownMigration } from '../migrator/plan.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { requireReason } from './require-reason.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface AuditedOptions extends CommandOptions {
  readonly id: string;
  /** Why; kept in the history. */
  readonly reason?: string | undefined;
}

/** Records a migration, and those before it, as done without running them: for tables that were migrated by hand. */
export function baseline(options: AuditedOptions): Promise<Report> {
  return reportOrThrow(runBaseline(options));
}

export function runBaseline(options: AuditedOptions): Promise<Outcome> {
  return runCommand('baseline', options, async (session) => {
    const { id } = options;
    const reason = requireReason(options.reason, `baseline ${id}`);
    const { migrations: files, problems } = await session.files();
    const [problem] = problems;
    if (problem) throw problem;
    const last = files.findIndex((file) => file.id === id);
    if (last === -1) throw unknownMigration(id, files);
    await session.locked(async ({ ledger, history, lease, actor, settings, toolVersion }, rows) => {
      const rowOf = new Map(rows.map((row) => [row.id, row]));
      for (const { id: fileId, checksum, definition } of files.slice(0, last + 1)) {
        const row = rowOf.get(fileId);
        if (row && isDone(row)) continue;
        if (row?.direction === 'down') {
          throw new MigrateError('MIGRATION_UNFINISHED', `migration \`${fileId}\` is half taken back`, {
            migration: fileId,
            fix: 'finish that first: `migrate down`',
          });
        }
        if (row?.kind === 'move') {
          throw new MigrateError('MIGRATION_UNFINISHED', `migration \`${fileId}\` is a move under way`, {
            migration: fileId,
            fix: `take it to its end, or take it back with \`migrate down\`; \`migrate status ${fileId}\` tells what comes next`,
          });
        }
        const { kind, description } = definition;
        const tables = tablesOf(definition).map((name) => settings.tableName(name));
        await ledger.baseline(lease, {
          id: fileId,
          kind,
          description,
          checksum,
          direction: 'up',
          tables,
          by: actor,
          toolVersion,
        });
        await history.append({ action: 'baseline', id: fileId, by: actor, reason });
        session.done.push(fileId);
      }
    });
    return { next: [{ why: 'run what is pending after it', command: session.commandLine('up') }] };
  });
}
