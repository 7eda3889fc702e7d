import { MigrateError } from '../errors.js';
import type { LedgerChanges } from '../ledger/ledger.js';
import type { LedgerRow } from '../ledger/rows.js';
import { isDone } from '../migrator/check-state.js';
import type { LoadedMigration } from '../migrator/migration.js';
import type { LockedMigrator } from '../migrator/migrator.js';
import { endWorkers } from '../migrator/move/forget-move.js';
import { moveOf } from '../migrator/move/prepare-move.js';
import { unknownMigration } from '../migrator/plan.js';
import type { AuditedOptions } from './baseline.js';
import type { Report } from './report.js';
import { requireReason } from './require-reason.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

/**
 * Makes the ledger agree with the files again, for one migration: accepts a changed file, or forgets a migration
 * whose file is gone. Items are not touched. An unfinished migration whose file changed begins anew with the next `up`.
 */
export function repair(options: AuditedOptions): Promise<Report> {
  return reportOrThrow(runRepair(options));
}

export function runRepair(options: AuditedOptions): Promise<Outcome> {
  return runCommand('repair', options, async (session) => {
    const { id } = options;
    const reason = requireReason(options.reason, `repair ${id}`);
    const { migrations: files, problems } = await session.files();
    const problem = problems.find((one) => one.migration === id);
    if (problem) throw problem;
    await session.locked(async (locked, rows) => {
      const row = rows.find((one) => one.id === id);
      if (!row) throw unknownMigration(id, files);
      const details = await repairRow(locked, row, files);
      if (details) {
        await locked.history.append({ action: 'repair', id, by: locked.actor, reason, details });
        session.done.push(id);
      } else session.warn(`${id} needs no repair: its file is as it was recorded`);
    });
    return { next: [{ why: 'see that all is well', command: session.commandLine('status') }] };
  });
}

/** Rule 5 of the protocol, a pure `up`: what another transform wrote is written again, and compared. */
function anewAfterChange(row: LedgerRow): LedgerChanges {
  const { verified: _, lossy: __, verifying, ...record } = moveOf(row);
  // What was compared by this very file, before it was changed and changed back, is not to be gone on with.
  const move = { ...record, ...(verifying && { verifying: { ...verifying, open: false } }) };
  const isBefore = ['backfill', 'verify', 'ready'].includes(row.phase ?? '');
  return { move, ...(isBefore && { phase: 'backfill', state: 'interrupted' }) };
}

/** Applications follow its pointer: forgotten, nobody could let them write again, or take it back. */
function inUse(migration: string): MigrateError {
  return new MigrateError('MIGRATION_UNFINISHED', `migration \`${migration}\` is in the middle of its switch-over`, {
    migration,
    fix: `restore its file, then finish it, \`migrate cutover ${migration}\` and \`migrate complete ${migration}\`, or take it back: \`migrate down\``,
  });
}

async function repairRow(
  locked: LockedMigrator,
  row: LedgerRow,
  files: readonly LoadedMigration[],
): Promise<Record<string, unknown> | undefined> {
  const { ledger, lease, pointers } = locked;
  const file = files.find((one) => one.id === row.id);
  if (!file) {
    const pointer = (await pointers.list()).find(({ migration }) => migration === row.id);
    if (!isDone(row) && (pointer?.frozen || pointer?.active === 'target')) throw inUse(row.id);
    await ledger.remove(lease, row.id);
    return { forgotten: true, state: row.state, checksum: row.checksum };
  }
  if (file.checksum === row.checksum) return undefined;
  const { checksum } = file;
  const { description } = file.definition;
  // Without its segments nobody copies any more, by the former file or by this one, until `up` lays them out again.
  if (row.kind === 'move' && !isDone(row)) await endWorkers(locked, row.id, { remove: true });
  // Other segments, other checkpoints: a changed transform is looked at before its first write, and sees every item.
  await ledger.update(lease, row.id, {
    checksum,
    description,
    ...(!isDone(row) && (row.kind === 'move' ? anewAfterChange(row) : { totalSegments: undefined })),
  });
  return { from: row.checksum, to: checksum };
}
