import { MigrateError } from '../errors.js';
import { syncDirection } from '../ledger/move-phase.js';
import type { LedgerRow } from '../ledger/rows.js';
import { isDone } from '../migrator/check-state.js';
import type { Migrator } from '../migrator/migrator.js';
import { removeSync } from '../sync-lambda/deploy/deploy-sync.js';
import { stackNameOf } from '../sync-lambda/stack-name.js';
import { findFile } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import type { Session } from './session.js';

export interface SyncRemoveOptions extends CommandOptions {
  readonly id: string;
}

/** Deletes what `sync deploy` made, once no live sync of the move is needed, or a process does it. Can be repeated. */
export function syncRemove(options: SyncRemoveOptions): Promise<Report> {
  return reportOrThrow(runSyncRemove(options));
}

export function runSyncRemove(options: SyncRemoveOptions): Promise<Outcome> {
  const { id } = options;
  return runCommand('sync remove', options, async (session) => {
    await session.consent();
    const rows = await session.rows();
    const row = rows.find((one) => one.id === id);
    if (!row) await requireKnown(session, id, rows);
    if (row && !isDone(row)) await requireNotNeeded(session.migrator, row);
    const { settings, clock, signal, emit } = session.migrator;
    const stackName = stackNameOf(settings.environment, id);
    const removed = await removeSync({
      connection: { region: settings.region, profile: settings.profile },
      stackName,
      clock,
      signal,
      say: (message) => emit({ type: 'log', id, message }),
    });
    if (removed) session.done.push(id);
    emit({ type: 'note', message: removed ? `the stack ${stackName} is gone` : `there is no stack ${stackName}` });
    return {};
  });
}

/** A misspelt id would find no stack, and look like a success. */
async function requireKnown(session: Session, id: string, rows: readonly LedgerRow[]): Promise<void> {
  await findFile(session, id, rows);
}

const silentMs = 30_000;

/** What is in the stream when the function goes would be nobody's, and after 24 hours gone. */
async function requireNotNeeded({ syncStatus, clock }: Migrator, row: LedgerRow): Promise<void> {
  const { id } = row;
  const direction = syncDirection(row);
  const status = direction && (await syncStatus.get(id, direction));
  if (status && clock.wall() - status.wallAt <= silentMs) return;
  throw new MigrateError(
    'MIGRATION_UNFINISHED',
    `the live sync of \`${id}\` is needed still, in its phase ${row.phase ?? row.state}`,
    {
      migration: id,
      fix: `end the move with \`migrate complete ${id}\` or \`migrate down\`, or have a process take over first: \`migrate sync run ${id}\``,
    },
  );
}
