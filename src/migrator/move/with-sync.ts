import { isMigrateError, MigrateError, throwIfStopped } from '../../errors.js';
import type { Lease } from '../../ledger/lease.js';
import type { LockRow } from '../../ledger/lock-row.js';
import type { Direction } from '../../ledger/rows.js';
import { acquireSyncLease } from '../../ledger/sync-lease.js';
import type { LockedMigrator, Migrator } from '../migrator.js';
import { followMove } from './follow-move.js';
import type { Move } from './move.js';
import { openPorts } from './ports.js';
import { createSettler, type Settler } from './settler.js';

/** A live sync, in this process or in another one. */
export interface RunningSync {
  /** Aborted when the sync in this process failed; and by the command's own signal. */
  readonly signal: AbortSignal;
  /** Resolves when a consumer that began at the oldest record has been seen: rule 1 of the protocol. */
  readonly assertOn: () => Promise<void>;
  /** Resolves when the stream was followed so far that the rest is short. */
  readonly untilClose: () => Promise<void>;
  /** Settles what is open, as far as that is this process's to do. */
  readonly settle: () => Promise<void>;
}

/** Where there are no streams, nothing follows, and whoever holds the lock settles. */
export function noSync(migrator: LockedMigrator, move: Move, direction: Direction): RunningSync {
  const { lease, signal } = migrator;
  const ports = openPorts(migrator, move, { direction, lease, origin: `offline ${lease.token}`, alone: true });
  const settler = createSettler(migrator, move, ports);
  const nothing = async () => undefined;
  return { signal, assertOn: nothing, untilClose: nothing, settle: async () => void (await settler.settle()) };
}

/** Well below the patience of a verify: what differs for longer is not merely on its way. */
export const closeEnoughMs = 5_000;

/** A consumer that is there shows up within a second. */
const patienceMs = 60_000;

/**
 * Runs `work` while the live sync is on: in this process, unless another one follows the stream already, and then from
 * the moment on in which that one leaves or dies. When `work` is done, the sync of this process ends; the stream keeps
 * what comes for 24 hours.
 */
export async function withSync<T>(
  migrator: LockedMigrator,
  move: Move,
  { direction, streamArn }: { readonly direction: Direction; readonly streamArn: string },
  work: (sync: RunningSync) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const failed = new AbortController();
  const stopped = AbortSignal.any([stop.signal, migrator.signal]);
  let settler: Settler | undefined;

  async function follow(): Promise<void> {
    const lease = await takeSyncLease(migrator, move, {
      timeoutMs: Number.POSITIVE_INFINITY,
      signal: stopped,
      onWait: once(() =>
        migrator.emit({ type: 'note', message: `the live sync of ${move.id} runs in another process` }),
      ),
    });
    try {
      const onSettler = (made: Settler) => {
        settler = made;
      };
      const outcome = await followMove(migrator, move, { direction, streamArn, lease, signal: stopped, onSettler });
      if (!stopped.aborted) failed.abort(ended(move, outcome));
    } finally {
      settler = undefined;
      await lease.release();
    }
  }

  const following = follow().catch((error: unknown) => {
    if (!stopped.aborted) failed.abort(error);
  });
  const signal = AbortSignal.any([migrator.signal, failed.signal]);
  try {
    return await work({
      signal,
      assertOn: () => requireConsumer(migrator, move, direction, streamArn),
      untilClose: () => waitUntilClose(migrator, move, { direction, streamArn, signal }),
      settle: async () => void (await settler?.settle()),
    });
  } catch (error) {
    // What stopped the work is the better story.
    throw failed.signal.aborted && !isMigrateError(error, 'LEASE_LOST') ? failed.signal.reason : error;
  } finally {
    stop.abort();
    await following;
  }
}

function once(work: (holder: LockRow) => void): (holder: LockRow) => void {
  let done = false;
  return (holder) => {
    if (!done) work(holder);
    done = true;
  };
}

function ended({ id }: Move, outcome: string): MigrateError {
  return new MigrateError('MIGRATION_FAILED', `the live sync ended (${outcome}) while it was needed`, {
    migration: id,
    fix: `see who switched the stream off; \`migrate verify ${id} --repair\` follows a new one, and makes up for what was missed`,
  });
}

export interface TakeSyncLeaseOptions {
  readonly timeoutMs: number;
  /** Ends the waiting. Default: the signal of the command. */
  readonly signal?: AbortSignal;
  readonly onWait?: (holder: LockRow) => void;
}

/** Takes the lease of the move's live sync; waits for whoever has it. */
export function takeSyncLease(
  { metaTable, actor, settings, signal, emit, clock, command }: Migrator,
  { id }: Pick<Move, 'id'>,
  options: TakeSyncLeaseOptions,
): Promise<Lease> {
  return acquireSyncLease({
    id,
    table: metaTable,
    actor,
    command,
    leaseMs: settings.leaseMs,
    signal,
    clock,
    exclusiveEngine: settings.engine?.kind === 'dynalite',
    onWait: once(({ user, host, pid }) =>
      emit({ type: 'note', message: `waiting for ${user}@${host} (pid ${pid}), which follows the stream of ${id}` }),
    ),
    ...options,
  });
}

async function requireConsumer(
  { streamCheckpoints, clock, signal }: Migrator,
  { id }: Move,
  direction: Direction,
  streamArn: string,
): Promise<void> {
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    const positions = await streamCheckpoints.list(id);
    if (positions.some(({ binding }) => binding.direction === direction && binding.streamArn === streamArn)) return;
    if (signal.aborted || clock.monotonic() >= until) break;
    await clock.sleep(200, { signal });
  }
  throw new MigrateError('MIGRATION_UNFINISHED', 'no live sync was seen that follows the stream', {
    migration: id,
    fix: `start one, \`migrate sync run ${id}\`, then run the same command again`,
  });
}

async function waitUntilClose(
  { syncStatus, clock, emit }: Migrator,
  { id }: Move,
  { direction, streamArn, signal }: { direction: Direction; streamArn: string; signal: AbortSignal },
): Promise<void> {
  // A status that stands still is one that a process left behind.
  const before = await syncStatus.get(id, direction);
  for (let looks = 0; !signal.aborted; looks++) {
    await clock.sleep(500, { signal });
    const now = await syncStatus.get(id, direction);
    const isLive = now !== undefined && now.streamArn === streamArn && now.at !== before?.at;
    if (isLive && (now.caughtUp || (now.lagMs ?? Number.POSITIVE_INFINITY) <= closeEnoughMs)) return;
    if (looks === 20) emit({ type: 'note', message: `waiting for the live sync of ${id} to catch up` });
  }
  throwIfStopped(signal, 'stopped while the live sync caught up');
}
