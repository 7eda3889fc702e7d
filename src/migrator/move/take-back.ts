import { explainAwsError } from '../../dynamodb/aws-errors.js';
import { fenceSid } from '../../dynamodb/fence-policy.js';
import { isMigrateError, MigrateError, messageOf } from '../../errors.js';
import type { LedgerRow } from '../../ledger/rows.js';
import type { MoveTable } from '../../reconcile/move-ports.js';
import type { LockedMigrator } from '../migrator.js';
import type { Move } from './move.js';
import { moveOf, switchStreamOn } from './prepare-move.js';
import { lowerFence } from './raise-fence.js';

/** How long giving up may wait for a table that is changing, with writes held back. */
const takeBackMs = 120_000;

/** A switch that failed before its flip. */
export interface TakeBack {
  readonly row: LedgerRow;
  readonly to: 'target' | 'source';
  readonly left: MoveTable;
  readonly disabled: boolean;
  readonly error: unknown;
}

/** Takes back what can be, and says what could not: the error that led here is the one to be thrown. */
export async function tryToTakeBack(migrator: LockedMigrator, move: Move, what: TakeBack): Promise<void> {
  const { id } = move;
  try {
    // Not by the signal of the command: whoever stopped it wants the writes to go on, above all.
    const unlifted = await takeBack({ ...migrator, signal: AbortSignal.timeout(takeBackMs) }, move, what);
    if (unlifted) migrator.emit({ type: 'warning', message: `${unlifted.message}; ${unlifted.fix}` });
  } catch (second) {
    migrator.emit({
      type: 'warning',
      message: `WRITES TO ${what.left.tableName} ARE STILL HELD BACK, because giving up failed: ${messageOf(second)}; run ${wayOut(id, what.to)}`,
    });
  }
}

export function wayOut(id: string, to: 'target' | 'source'): string {
  if (to === 'source') return '`migrate down` again';
  return `\`migrate cutover ${id}\` again, or \`migrate cutover ${id} --abort\``;
}

/**
 * Lets the writes go on where they went, and the sync as well.
 *
 * @returns what is wrong with a policy that could not be lifted. A role that may not change policies never put one up,
 * and must not leave the pointer frozen for it; where there is one, writers are refused, which loses nothing.
 */
async function takeBack(
  migrator: LockedMigrator,
  move: Move,
  { row, to, left, disabled, error }: TakeBack,
): Promise<MigrateError | undefined> {
  const { emit, ledger, lease, pointers } = migrator;
  const { id, definition } = move;
  // The flip may have been made, and only its answer be lost: then it is done.
  if ((await pointers.get(definition.from.name))?.active === to) return undefined;
  emit({ type: 'log', id, message: `giving up: ${left.tableName} stays in use` });
  // Before the writes: what is written without a stream is lost to the move.
  if (disabled) await switchStreamOn(migrator, move, row, to === 'target' ? 'up' : 'down');
  const unlifted = await lowerFence(migrator, left).then(
    () => undefined,
    (reason: unknown) => notLifted(migrator, left, reason),
  );
  await pointers.unfreeze(lease, definition.from.name);
  const cause = explainAwsError(error, migrator.endpointName);
  const { code, key } = isMigrateError(cause) ? cause : { code: 'MIGRATION_FAILED', key: undefined };
  await ledger.update(lease, id, {
    phase: to === 'target' ? 'ready' : 'reverse',
    state: 'waiting',
    error: isMigrateError(error, 'INTERRUPTED')
      ? undefined
      : { code, message: messageOf(cause), key, at: new Date(migrator.clock.wall()).toISOString() },
  });
  return unlifted;
}

function notLifted({ endpointName }: LockedMigrator, { tableName }: MoveTable, reason: unknown): MigrateError {
  const cause = explainAwsError(reason, endpointName);
  return new MigrateError(
    isMigrateError(cause) ? cause.code : 'MIGRATION_FAILED',
    `whether a policy still denies writes to \`${tableName}\` could not be looked at: ${messageOf(cause)}`,
    {
      cause,
      fix:
        `if applications are refused, remove the statement \`${fenceSid}\` from the resource policy of ` +
        `\`${tableName}\`; to leave policies out: \`cutover: { denyPolicy: false }\` in the environment`,
    },
  );
}

/**
 * Lifts what holds back writes, after a cutover died in the middle.
 *
 * @throws MigrateError `CUTOVER_REFUSED` where the pointer was flipped: that is no way back.
 */
export async function abortSwitch(migrator: LockedMigrator, move: Move, row: LedgerRow): Promise<void> {
  const { id, definition, source } = move;
  if ((await migrator.pointers.get(definition.from.name))?.active === 'target') {
    throw new MigrateError('CUTOVER_REFUSED', 'the cutover is made, so there is nothing to give up', {
      migration: id,
      fix: 'to go back: `migrate down`',
    });
  }
  const error = new MigrateError('INTERRUPTED', 'the switch was given up');
  const disabled = moveOf(row).streams?.up?.enabledByUs === true;
  const unlifted = await takeBack(migrator, move, { row, to: 'target', left: source, disabled, error });
  if (unlifted) throw unlifted;
}
