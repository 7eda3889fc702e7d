import { createChangeWriter } from '../dynamodb/change-writer.js';
import { readItems } from '../dynamodb/read-items.js';
import { MigrateError } from '../errors.js';
import { createItemErrors } from '../in-place/item-errors.js';
import { rewriteItems } from '../in-place/rewrite-items.js';
import { formatKey, keyId } from '../item/key.js';
import type { LedgerRow } from '../ledger/rows.js';
import { isDone } from '../migrator/check-state.js';
import type { LoadedMigration } from '../migrator/migration.js';
import type { LockedMigrator, Migrator } from '../migrator/migrator.js';
import { listOpen } from '../migrator/move/list-open.js';
import { settleMove } from '../migrator/move/settle-move.js';
import { unknownMigration } from '../migrator/plan.js';
import { openRewrite, quarantineStore } from '../migrator/run-in-place-migration.js';
import { assertCurrentCode } from '../migrator/run-migration.js';
import { withMove } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { ItemErrorReport, Report } from './report.js';
import { type CommandResult, type Outcome, reportOrThrow, runCommand } from './run-command.js';
import { requireSound, type Session } from './session.js';

export interface ErrorsOptions extends CommandOptions {
  readonly id: string;
  /** Try the items again, with the migration as it is now. */
  readonly retry?: boolean | undefined;
}

/** The items of a migration that failed and are in quarantine; with `retry`, those that fail again. */
export function errors(options: ErrorsOptions): Promise<Report> {
  return reportOrThrow(runErrors(options));
}

export function runErrors(options: ErrorsOptions): Promise<Outcome> {
  const { id, retry = false } = options;
  return runCommand('errors', options, async (session) => {
    const { migrations: files, problems } = await session.files();
    const rows = await session.rows();
    if (![...files, ...rows].some((one) => one.id === id)) throw unknownMigration(id, files);
    const isMove = [...files.map((file) => ({ id: file.id, kind: file.definition.kind })), ...rows].some(
      (one) => one.id === id && one.kind === 'move',
    );
    if (isMove) return moveErrors(session, id, retry);
    if (retry) {
      await session.locked(async (locked, claimed) => {
        requireSound(problems, { files, rows: claimed });
        await retryAll(locked, files, claimed, id);
      });
    }
    return resultOf(session, id, await listErrors(session.migrator, id), retry);
  });
}

/** What bars the cutover of a move, or its way back. */
async function moveErrors(session: Session, id: string, retry: boolean): Promise<CommandResult> {
  if (retry) {
    await withMove(session, id, async (locked, { move, row }) => settleMove(locked, move, row));
  }
  return resultOf(session, id, await listOpen(session.migrator, id), retry);
}

function resultOf(session: Session, id: string, itemErrors: readonly ItemErrorReport[], retry: boolean): CommandResult {
  if (itemErrors.length === 0) return { itemErrors, exitCode: 0, next: [] };
  const command = session.commandLine(`errors ${id} --retry`);
  return { itemErrors, exitCode: retry ? 1 : 0, next: [{ why: 'try them again once the cause is mended', command }] };
}

async function listErrors({ quarantine }: Migrator, id: string): Promise<ItemErrorReport[]> {
  const found: ItemErrorReport[] = [];
  for await (const { key, ...entry } of quarantine.list(id)) found.push({ key: formatKey(key), ...entry });
  return found;
}

async function retryAll(
  migrator: LockedMigrator,
  files: readonly LoadedMigration[],
  rows: readonly LedgerRow[],
  id: string,
): Promise<void> {
  const row = rows.find((one) => one.id === id);
  const file = files.find((one) => one.id === id);
  if (file) assertCurrentCode(file);
  const definition = file?.definition;
  if (definition?.kind !== 'in-place') {
    throw new MigrateError('USAGE', `migration \`${id}\` has no items that could be tried again`, { migration: id });
  }
  if (row && !isDone(row)) {
    throw new MigrateError('MIGRATION_UNFINISHED', `migration \`${id}\` is ${row.state}`, {
      migration: id,
      fix: `go on with it, which tries its items again: \`migrate ${row.direction}\``,
    });
  }
  // Without a row the migration was taken back, and its items are those that could not be.
  const direction = row ? 'up' : 'down';
  const { client, quarantine, ledger, lease } = migrator;
  const entries = [];
  for await (const entry of quarantine.list(id, direction)) entries.push(entry);
  if (entries.length === 0) return;
  const { rewrite } = await openRewrite(migrator, definition, direction);
  const { keyNames, tableName } = rewrite;
  const items = await readItems({ client, tableName, keys: entries.map(({ key }) => key) });
  const itemErrors = await createItemErrors({
    store: quarantineStore(migrator, id, direction),
    keyNames,
    maxItemErrors: Number.POSITIVE_INFINITY,
  });
  const failed = new Set<string>();
  await rewriteItems(items, {
    rewrite,
    client,
    write: createChangeWriter({
      client,
      tableName,
      keyNames,
      capabilities: await migrator.capabilities(),
      onConsumed: () => {},
    }),
    onRead: () => {},
    onFoundDone: () => {},
    async onFailures(failures) {
      for (const { key } of failures) failed.add(keyId(key, keyNames));
      await itemErrors.record(failures);
    },
  });
  // Also items that are gone meanwhile need nothing any more.
  await itemErrors.resolve(
    entries.map(({ key }) => key),
    failed,
  );
  if (row?.totals) await ledger.update(lease, id, { totals: { ...row.totals, errors: itemErrors.count() } });
}
