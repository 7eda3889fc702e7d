import { MigrateError } from '../errors.js';
import { readLock } from '../ledger/lock-row.js';
import { syncDirection } from '../ledger/move-phase.js';
import type { LedgerRow } from '../ledger/rows.js';
import { syncLockKey } from '../ledger/sync-lease.js';
import { isDone } from '../migrator/check-state.js';
import type { Migrator } from '../migrator/migrator.js';
import { findFile } from './move-command.js';
import type { CommandOptions } from './options.js';
import { removeStack } from './remove-deployed.js';
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
    const { stackName, removed } = await removeStack(session, id);
    if (removed) session.done.push(id);
    session.migrator.emit({
      type: 'note',
      message: removed ? `the stack ${stackName} is gone` : `there is no stack ${stackName}`,
    });
    return {};
  });
}

/** A misspelt id would find no stack, and look like a success. */
async function requireKnown(session: Session, id: string, rows: readonly LedgerRow[]): Promise<void> {
  await findFile(session, id, rows);
}

const silentMs = 30_000;

/** What is in the stream when the function goes would be nobody's, and after 24 hours gone. */
async function requireNotNeeded({ syncStatus, metaTable, clock }: Migrator, row: LedgerRow): Promise<void> {
  const { id } = row;
  const direction = syncDirection(row);
  const status = direction && (await syncStatus.get(id, direction));
  // A command that has ended a moment ago, the cutover say, has left a status too. The function takes the lease to settle.
  const holder = await readLock(metaTable, syncLockKey(id));
  const isFollowed = holder !== undefined && holder.user !== 'lambda';
  if (status && isFollowed && clock.wall() - status.wallAt <= silentMs) return;
  throw new MigrateError(
    'MIGRATION_UNFINISHED',
    `the live sync of \`${id}\` is needed still, in its phase ${row.phase ?? row.state}`,
    {
      migration: id,
      fix: `end the move with \`migrate complete ${id}\` or \`migrate down\`, or have a process take over first: \`migrate sync run ${id}\``,
    },
  );
}
