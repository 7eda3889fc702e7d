import { followStream } from '../../dynamodb/streams/follow-stream.js';
import type { StreamEvent } from '../../dynamodb/streams/stream-events.js';
import { isMigrateError, MigrateError, messageOf } from '../../errors.js';
import type { Lease } from '../../ledger/lease.js';
import { syncDirection } from '../../ledger/move-phase.js';
import { syncOrigin } from '../../ledger/origin.js';
import type { Direction } from '../../ledger/rows.js';
import { handleStreamRecords } from '../../reconcile/handle-stream-records.js';
import type { Migrator } from '../migrator.js';
import type { Move } from './move.js';
import { pauseOf } from './pause.js';
import { type MovePorts, openPorts } from './ports.js';
import { createSettler, type Settler } from './settler.js';
import { vouchedCheckpoints } from './vouched-checkpoints.js';

export interface FollowMoveOptions {
  readonly direction: Direction;
  readonly streamArn: string;
  /** The lease of the move's live sync: one process follows, and settles what is left to be done. */
  readonly lease: Lease;
  readonly signal: AbortSignal;
  readonly onSettler?: ((settler: Settler) => void) | undefined;
}

/** How often the phase of the move is looked at, its state written down, and open obligations looked for. */
const lookEveryMs = 1_000;
const settleEveryMs = 5_000;
/** Longer than the longest rest between two rounds of one of the loops. */
const soundMs = 60_000;
/** Obligations that nothing could be done about are tried again, but not all the time. */
const settleAgainMs = 30_000;

/**
 * Keeps the table that follows equal to the other one, until the signal aborts or the move enters a phase in which
 * this direction must not be followed. Restarted anywhere, it goes on from the stored positions.
 *
 * @returns why it ended: `stopped` by the signal, `fenced` by the phase, or the stream `ended`.
 * @throws MigrateError `LEASE_LOST`; what cannot be mended by trying again.
 */
export async function followMove(
  migrator: Migrator,
  move: Move,
  { direction, streamArn, lease, signal, onSettler }: FollowMoveOptions,
): Promise<'stopped' | 'fenced' | 'ended'> {
  const { clock, emit, ledger, syncStatus } = migrator;
  const { id } = move;
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, lease.signal, stop.signal]);
  // A cutover waits for this lease with writes held back: no round of settling may make it wait longer.
  const ports = openPorts(migrator, move, { direction, lease, origin: syncOrigin(lease), signal: stopped });
  const settler = createSettler(migrator, move, ports);
  onSettler?.(settler);
  const state = {
    caughtUp: false,
    handled: 0,
    /** Of the last record. */
    ageMs: undefined as number | undefined,
    handledUpTo: undefined as number | undefined,
  };
  let fenced = false;
  let failure: { readonly error: unknown } | undefined;

  const onEvent = (event: StreamEvent) => {
    if (event.type === 'handled') {
      state.handled += event.records;
      state.ageMs = event.lagMs;
    } else if (event.type === 'caught-up' || event.type === 'behind') {
      state.caughtUp = event.type === 'caught-up';
    }
    emit({ type: 'sync', id, direction, event });
  };

  async function watchPhase(): Promise<void> {
    while (!stopped.aborted) {
      const row = await ledger.get(id);
      if (row && row.checksum !== move.checksum) throw changed(id);
      if (syncDirection(row) !== direction || row?.move?.streams?.[direction]?.arn !== streamArn) {
        fenced = true;
        stop.abort();
        return;
      }
      const { caughtUp, handled, ageMs, handledUpTo } = state;
      const lagMs = caughtUp ? 0 : handledUpTo === undefined ? ageMs : Math.round(clock.monotonic() - handledUpTo);
      await syncStatus.save(lease, id, direction, { caughtUp, lagMs, handled, streamArn });
      await clock.sleep(lookEveryMs, { signal: stopped });
    }
  }

  async function settleAlways(): Promise<void> {
    let restMs = lookEveryMs;
    while (!stopped.aborted) {
      await clock.sleep(restMs, { signal: stopped });
      if (stopped.aborted) return;
      const { left } = await settler.settle();
      restMs = left > 0 ? settleAgainMs : settleEveryMs;
    }
  }

  /** What fails for a moment, a throttled meta table say, is tried again; the loops are as good as the lease. */
  async function patiently(loop: () => Promise<void>): Promise<void> {
    for (let attempt = 1; !stopped.aborted; attempt++) {
      const began = clock.monotonic();
      try {
        return await loop();
      } catch (error) {
        if (stopped.aborted) return;
        // In a row, that is: what went well for a while is not held against a sync that runs for weeks.
        if (clock.monotonic() - began >= soundMs) attempt = 1;
        const mayPass = !isMigrateError(error) || isMigrateError(error, 'MIGRATION_FAILED');
        if (!mayPass || attempt >= 20) {
          failure ??= { error };
          stop.abort();
          return;
        }
        emit({ type: 'note', message: `live sync of ${id}: ${messageOf(error)}; trying again` });
        await clock.sleep(pauseOf(attempt), { signal: stopped });
      }
    }
  }

  const beside = [patiently(watchPhase), patiently(settleAlways)];
  try {
    const { outcome } = await followStream({
      client: migrator.streams(),
      streamArn,
      handle: streamHandler(move, ports, settler, emit),
      checkpoints: vouchedCheckpoints(migrator, lease, { id, direction, streamArn }),
      signal: stopped,
      clock,
      onEvent,
      onHandledUpTo: (at) => {
        state.handledUpTo = at;
      },
      onGap: ({ shardId, reason }) => emit({ type: 'warning', message: gapText(move, shardId, reason) }),
      batchSize: 500,
    });
    if (failure) throw (failure as { readonly error: unknown }).error;
    if (lease.signal.aborted) throw lease.signal.reason;
    return outcome === 'ended' ? 'ended' : fenced ? 'fenced' : 'stopped';
  } finally {
    stop.abort();
    await Promise.all(beside);
  }
}

/** The handler of one batch of records. */
export function streamHandler(
  move: Pick<Move, 'id'>,
  ports: MovePorts,
  settler: Pick<Settler, 'inFlight'>,
  emit: Migrator['emit'],
) {
  return async (records: readonly unknown[]) =>
    settler.inFlight(async (obligations) => {
      let cause: unknown;
      const answer = await handleStreamRecords(records, {
        ...ports,
        obligations,
        onError: (error) => {
          cause = error;
        },
      });
      // A lost lease ends the following; everything else is handed out again.
      if (isMigrateError(cause, 'LEASE_LOST')) throw cause;
      if (cause !== undefined)
        emit({ type: 'note', message: `live sync of ${move.id}: ${messageOf(cause)}; trying again` });
      return answer;
    });
}

/** Rule 5, a pure `up` that is the same for the whole move: this process loaded another one. */
function changed(id: string): MigrateError {
  return new MigrateError('CHECKSUM_MISMATCH', `migration \`${id}\` was changed while its live sync ran`, {
    migration: id,
    fix: `start it anew: \`migrate sync run ${id}\``,
  });
}

function gapText({ id }: Move, shardId: string, reason: string): string {
  return `records of the stream may be lost (${reason}, ${shardId}): \`migrate verify ${id} --repair\` makes up for them`;
}
