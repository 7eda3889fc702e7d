import { isMigrateError, throwIfStopped } from '../errors.js';
import { type Clock, systemClock } from '../ledger/clock.js';
import { openLambdaWatches } from '../ledger/lambda-watch.js';
import { standingOf } from '../ledger/move-phase.js';
import { openObligations } from '../ledger/obligations.js';
import { mayStillRun } from '../ledger/origin.js';
import { acquireSyncLease } from '../ledger/sync-lease.js';
import { settleObligations } from '../reconcile/settle-obligations.js';
import type { SyncParts } from './sync-parts.js';

/** What Lambda says of an event source mapping. */
export interface MappingState {
  /** `Enabled`, `Disabled`, `Creating`, … */
  readonly state: string;
  readonly streamArn: string;
}

export interface TickOptions {
  readonly checksum: string;
  readonly toolVersion: string;
  readonly functionName: string;
  readonly reverseRoleId?: string | undefined;
  /** The event source mapping that feeds this function. */
  readonly mapping: string;
  readonly readMapping: (mapping: string) => Promise<MappingState>;
}

export interface TickResult {
  readonly state: string;
  /** Obligations met, or why none was looked at. */
  readonly settled: number | 'nothing to do' | 'another process settles' | 'not now';
}

/** Like a process that follows the stream, for as long as the function works on what is open. */
const leaseMs = 30_000;
/** How often the phase is looked at meanwhile. */
const lookMs = 2_000;
/** Nothing can be done about most items in quarantine, and each try takes a lease: a quarter of an hour in between. */
const seldomMs = 15 * 60_000;

/** Opens what the function does once a minute: it says that it is there, and settles what its batches left open. */
export function openTick(parts: SyncParts, clock: Clock = systemClock): (options: TickOptions) => Promise<TickResult> {
  const { id, direction, meta, ledger } = parts;
  const watches = openLambdaWatches({ table: meta, clock });
  const rows = openObligations({ table: meta, clock });
  // Kept from tick to tick: how long a batch in flight stands still is counted from the first sight of it.
  const open = rows.bind(id, direction, 'tick', mayStillRun);
  let lookedAt = Number.NEGATIVE_INFINITY;

  async function settle(): Promise<TickResult['settled']> {
    const { reconcile, contested, inFlight, quarantined } = await rows.count(id, direction);
    const isSeldom = clock.monotonic() - lookedAt >= seldomMs;
    if (reconcile + contested + inFlight === 0 && !(quarantined > 0 && isSeldom)) return 'nothing to do';
    if (isSeldom) lookedAt = clock.monotonic();
    if ((await open.list()).length === 0) return 'nothing to do';
    const lease = await acquireSyncLease({
      id,
      table: meta,
      actor: { host: 'lambda', pid: 0, user: 'lambda' },
      command: 'sync function',
      leaseMs,
      timeoutMs: 0,
      clock,
    }).catch((error: unknown) => {
      if (isMigrateError(error, 'LOCK_HELD')) return undefined;
      throw error;
    });
    if (!lease) return 'another process settles';
    const ended = new AbortController();
    const stop = new AbortController();
    const signal = AbortSignal.any([lease.signal, stop.signal]);
    let watching: Promise<void> | undefined;
    try {
      // Under the lease, which whoever changes the phase wants next.
      if (!(await mayWrite())) return 'not now';
      watching = stopWithPhase(stop, AbortSignal.any([lease.signal, ended.signal]));
      const { settled } = await settleObligations({
        ...(await parts.ports(lease)),
        obligations: open,
        signal,
        waitHorizon: async () => {
          await clock.sleep(leaseMs, { signal });
          throwIfStopped(stop.signal, 'stopped before the first obligation');
          lease.assertHeld();
        },
      });
      return settled;
    } catch (error) {
      if (stop.signal.aborted && isMigrateError(error, 'INTERRUPTED')) return 'not now';
      throw error;
    } finally {
      ended.abort();
      await watching;
      await lease.release();
    }
  }

  const mayWrite = async () => standingOf(await ledger.get(id), direction) === 'write';

  /** A cutover waits for the lease with writes held back, and not for a round of settling. */
  async function stopWithPhase(stop: AbortController, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      await clock.sleep(lookMs, { signal: ended });
      // What cannot be read now is looked at again.
      if (!ended.aborted && !(await mayWrite().catch(() => true))) return stop.abort();
    }
  }

  return async ({ checksum, toolVersion, functionName, reverseRoleId, mapping, readMapping }) => {
    const row = await ledger.get(id);
    const standing = standingOf(row, direction);
    const { state, streamArn } = await readMapping(mapping);
    if (!row || standing === 'over') return { state, settled: 'not now' };
    await watches.save(id, direction, {
      mapping,
      state,
      streamArn,
      checksum,
      functionName,
      toolVersion,
      reverseRoleId,
    });
    if (standing !== 'write' || row.checksum !== checksum) return { state, settled: 'not now' };
    return { state, settled: await settle() };
  };
}
