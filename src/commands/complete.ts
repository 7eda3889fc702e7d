import { MigrateError } from '../errors.js';
import { completeMove } from '../migrator/move/complete-move.js';
import { withMove } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface CompleteOptions extends CommandOptions {
  readonly id: string;
  /** Delete the source, with all its items. */
  readonly dropSource?: boolean | undefined;
}

/** Ends a move after its cutover: the reverse sync is switched off, and the source left as it is, or dropped. */
export function complete(options: CompleteOptions): Promise<Report> {
  return reportOrThrow(runComplete(options));
}

export function runComplete(options: CompleteOptions): Promise<Outcome> {
  const { id, dropSource = false } = options;
  return runCommand('complete', options, async (session) => {
    await withMove(
      session,
      id,
      async (locked, { move, row }) => {
        if (row.state === 'applied') {
          session.warn(`${id} is complete already`);
          return;
        }
        if (row.phase !== 'reverse' && row.phase !== 'complete') {
          throw new MigrateError(
            'MIGRATION_UNFINISHED',
            `migration \`${id}\` is not beyond its cutover (${row.phase ?? row.state})`,
            {
              migration: id,
              fix: `make it first: \`migrate cutover ${id}\``,
            },
          );
        }
        if (dropSource) {
          const { tableName } = move.source;
          await session.consentTo(`delete the table ${tableName} with all its items`);
        }
        await completeMove(locked, move, row, { dropSource });
        session.done.push(id);
        // One that died may have dropped it already.
      },
      { sourceMayBeGone: true },
    );
    const { migrations } = await session.files();
    const known = new Set((await session.rows()).map((row) => row.id));
    const pending = migrations.some((file) => !known.has(file.id));
    // Only now: until then its functions had records to let go.
    const { removeDeployed } = await import('./remove-deployed.js');
    const remove = await removeDeployed(session, [id]);
    return {
      next: [...remove, ...(pending ? [{ why: 'run what is pending', command: session.commandLine('up') }] : [])],
    };
  });
}
