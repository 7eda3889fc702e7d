import { explainAwsError } from '../../dynamodb/aws-errors.js';
import { disableStream } from '../../dynamodb/streams/disable-stream.js';
import { isMigrateError, MigrateError, messageOf, throwIfStopped } from '../../errors.js';
import type { Lease } from '../../ledger/lease.js';
import { syncOrigin } from '../../ledger/origin.js';
import { drainMs, type Pointer } from '../../ledger/pointers.js';
import type { LedgerRow } from '../../ledger/rows.js';
import type { MoveTable } from '../../reconcile/move-ports.js';
import type { LockedMigrator } from '../migrator.js';
import { drainMove } from './drain-move.js';
import type { Move } from './move.js';
import { openPorts } from './ports.js';
import { isOffline, moveOf, switchStreamOn } from './prepare-move.js';
import { lowerFence, raiseFence } from './raise-fence.js';
import { createSettler } from './settler.js';
import { requireEqual, verifyUntilClean } from './verify-move.js';
import { takeSyncLease } from './with-sync.js';

export interface SwitchOverOptions {
  /** Which table applications use from then on. */
  readonly to: 'target' | 'source';
  /** The applications were shipped with the new name: they are not waited for. */
  readonly ack: boolean;
}

/** How long a live sync elsewhere has to notice that its phase is over. */
const noticeMs = 10_000;
const settleRounds = 5;

/**
 * {@link switchWithoutWaiting}, in which nothing waits for a budget or out a pause: applications wait for it.
 */
export function switchOver(
  migrator: LockedMigrator,
  move: Move,
  start: LedgerRow,
  options: SwitchOverOptions,
): Promise<LedgerRow> {
  return migrator.budgets.urgently(() => switchWithoutWaiting(migrator, move, start, options));
}

/**
 * Switches applications from one table of a move to the other: holds back the writes to the one that is left, follows
 * its stream to the end, sees that nothing is open, and flips the pointer. The flip is one write, and the commit:
 * whatever fails before it is taken back, and the live sync goes on; after it there is only forward.
 */
async function switchWithoutWaiting(
  migrator: LockedMigrator,
  move: Move,
  start: LedgerRow,
  { to, ack }: SwitchOverOptions,
): Promise<LedgerRow> {
  const { ledger, lease, pointers, emit, settings, signal } = migrator;
  const { id, definition } = move;
  const direction = to === 'target' ? 'up' : 'down';
  const left = to === 'target' ? move.source : move.target;
  const name = definition.from.name;
  let row = await ledger.update(lease, start.id, {
    state: to === 'target' ? 'running' : 'reverting',
    error: undefined,
  });
  const say = (message: string) => emit({ type: 'log', id, message });

  let syncLease: Lease | undefined;
  let disabled = false;
  try {
    if (to === 'target' && definition.down && !isOffline(row)) {
      // Before anybody writes to the target, so that no write of theirs is in no stream. What forward sync still
      // writes comes back as an echo, and finds the source as it is.
      row = await switchStreamOn(migrator, move, row, 'down');
    }
    say(`holding back writes to ${left.tableName}`);
    const pointer = await pointers.freeze(lease, name);
    if (!ack && !isOffline(row)) await waitForWriters(migrator, move, pointer);
    await raiseFence(migrator, move, left);

    // From here on nobody else follows: the phase says so, and the lease proves it.
    row = await ledger.update(lease, id, { phase: to === 'target' ? 'cutover' : 'undo' });
    syncLease = await takeSyncLease(migrator, move, { timeoutMs: settings.leaseMs + noticeMs });
    const ports = openPorts(migrator, move, {
      direction,
      lease: syncLease,
      origin: syncOrigin(syncLease),
      alone: true,
    });
    const settler = createSettler(migrator, move, ports);
    if (isOffline(row)) {
      row = await verifyUntilClean(migrator, move, row, { direction, signal });
    } else {
      const stream = row.move?.streams?.[direction];
      if (stream?.enabledByUs && stream.arn) {
        disabled = true;
        await disableStream(migrator.client, left.tableName, { streamArn: stream.arn, enabledByUs: true }, { signal });
      }
      say(`following the stream of ${left.tableName} to its end`);
      const { seen } = await drainMove(migrator, move, {
        direction,
        streamArn: stream?.arn ?? '',
        closed: disabled,
        lease: syncLease,
        ports,
        settler,
      });
      await settleToNothing(migrator, move, settler);
      await requireEqual(migrator, move, { direction, units: seen });
      say(`${seen.length} items changed meanwhile, and are equal in both tables`);
    }
    await requireNoGap(migrator, move);
    throwIfStopped(signal, 'stopped before the switch');
    // It has denied writes since the cutover; whoever is sent there must not be refused.
    if (to === 'source') await lowerFence(migrator, move.source);
    syncLease.assertHeld();
    await pointers.flip(lease, name, to);
  } catch (error) {
    if (!lease.signal.aborted) await tryToTakeBack(migrator, move, { row, to, left, disabled, error });
    throw error;
  } finally {
    await syncLease?.release();
  }
  say(`${to === 'target' ? move.target.tableName : move.source.tableName} is the table in use now`);
  return row;
}

/** Applications look at the pointer every `cacheMs`, and a write that they began then ends within `writeMs`. */
async function waitForWriters({ clock, emit, signal }: LockedMigrator, { id }: Move, pointer: Pointer): Promise<void> {
  const waitMs = drainMs(pointer);
  emit({ type: 'log', id, message: `waiting ${Math.ceil(waitMs / 1_000)} s for writes that are under way` });
  await clock.sleep(waitMs, { signal });
  throwIfStopped(signal, 'stopped before the switch');
}

/** @throws MigrateError `CUTOVER_REFUSED` when something stays open although nobody writes any more. */
async function settleToNothing(
  { obligations }: LockedMigrator,
  { id }: Move,
  settler: ReturnType<typeof createSettler>,
): Promise<void> {
  for (let round = 0; round < settleRounds; round++) {
    const open = await obligations.count(id);
    if (Object.values(open).every((count) => count === 0)) return;
    await settler.settle();
  }
  throw new MigrateError('CUTOVER_REFUSED', 'items are left that could not be brought over', {
    migration: id,
    fix: `see them with \`migrate errors ${id}\``,
  });
}

async function requireNoGap({ streamCheckpoints }: LockedMigrator, { id }: Move): Promise<void> {
  const gap = (await streamCheckpoints.list(id)).find((position) => position.gap);
  if (!gap) return;
  throw new MigrateError('CUTOVER_REFUSED', `records of the stream may be lost (${gap.gap?.reason})`, {
    migration: id,
    fix: `\`migrate verify ${id} --repair\``,
  });
}

interface TakeBack {
  readonly row: LedgerRow;
  readonly to: 'target' | 'source';
  readonly left: MoveTable;
  readonly disabled: boolean;
  readonly error: unknown;
}

/** Takes back what can be, and says what could not: the error that led here is the one to be thrown. */
async function tryToTakeBack(migrator: LockedMigrator, move: Move, what: TakeBack): Promise<void> {
  const { id } = move;
  try {
    await takeBack(migrator, move, what);
  } catch (second) {
    const again =
      what.to === 'target'
        ? `\`migrate cutover ${id}\` again, or \`migrate cutover ${id} --abort\``
        : '`migrate down` again';
    migrator.emit({
      type: 'warning',
      message: `WRITES TO ${what.left.tableName} ARE STILL HELD BACK, because giving up failed: ${messageOf(second)}; run ${again}`,
    });
  }
}

/** Lets the writes go on where they went, and the sync as well. */
async function takeBack(
  migrator: LockedMigrator,
  move: Move,
  { row, to, left, disabled, error }: TakeBack,
): Promise<void> {
  const { emit, ledger, lease, pointers } = migrator;
  const { id, definition } = move;
  // The flip may have been made, and only its answer be lost: then it is done.
  if ((await pointers.get(definition.from.name))?.active === to) return;
  emit({ type: 'log', id, message: `giving up: ${left.tableName} stays in use` });
  // Before the writes: what is written without a stream is lost to the move.
  if (disabled) await switchStreamOn(migrator, move, row, to === 'target' ? 'up' : 'down');
  await lowerFence(migrator, left);
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
  await takeBack(migrator, move, { row, to: 'target', left: source, disabled, error });
}
