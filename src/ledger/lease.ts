import { MigrateError } from '../errors.js';
import { type Clock, isoNow } from './clock.js';
import type { Fence } from './fenced-write.js';
import { FREED, LOCK_KEY } from './lock-row.js';
import type { MetaTable } from './meta-table.js';
import type { RowKey } from './row-store.js';

export interface LeaseOptions {
  readonly table: MetaTable;
  /** Which lock. Default: the one that every command takes which writes. */
  readonly key?: RowKey;
  readonly clock: Clock;
  readonly holder: string;
  readonly token: number;
  readonly leaseMs: number;
  /** The monotonic time at which the request that took the lock was sent. */
  readonly sentAt: number;
}

/** The holders in this process that are alive: an embedded engine must not mistake them for dead ones. */
const aliveHere = new Set<string>();

/** Whether `holder` is a lease of this very process that was neither released nor lost. */
export function isAliveHere(holder: string): boolean {
  return aliveHere.has(holder);
}

/**
 * The lock, held. A heartbeat keeps it until {@link Lease.release}.
 *
 * The lease is lost as soon as a heartbeat is refused, and also when none was acknowledged for most of `leaseMs`
 * since the last acknowledged one was *sent*: a waiter may count from that moment on, and this process must stop first.
 */
export class Lease implements Fence {
  readonly token: number;
  readonly holder: string;
  readonly lockKey: RowKey;
  readonly #options: LeaseOptions;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  readonly #heartbeats: Promise<void>;
  #lostError: MigrateError | undefined;
  #releasing: Promise<boolean> | undefined;
  #ackedSentAt: number;
  #ackedSentWall: number;
  #writes = 0;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.token = options.token;
    this.holder = options.holder;
    this.lockKey = options.key ?? LOCK_KEY;
    this.#ackedSentAt = options.sentAt;
    this.#ackedSentWall = options.clock.wall() - (options.clock.monotonic() - options.sentAt);
    aliveHere.add(this.holder);
    this.#heartbeats = this.#keepBeating();
    void this.#watchDeadline();
  }

  /** Aborts, with a LEASE_LOST error as its reason, when the lease is lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Aborts when the lease is lost or begins to be released: nothing is sent under it any more. */
  get ended(): AbortSignal {
    return this.#stop.signal;
  }

  /** Throws LEASE_LOST unless the lease is held right now, by this machine's own clock. */
  assertHeld(): void {
    if (this.#lostError) throw this.#lostError;
    if (this.#releasing) throw new MigrateError('LEASE_LOST', 'the lock was released by this process before');
    if (this.#msLeft() <= 0) throw this.#loseByClock();
  }

  nextWrite(): number {
    this.#writes += 1;
    return this.#writes;
  }

  /** Declares the lease lost: aborts `signal`, stops the heartbeat, and answers the error to throw. */
  lose(message: string): MigrateError {
    if (this.#lostError) return this.#lostError;
    const error = new MigrateError('LEASE_LOST', `the lock was lost: ${message}`, {
      fix: 'see who holds it with `migrate status`; `migrate up` goes on where this run stopped',
    });
    this.#lostError = error;
    aliveHere.delete(this.holder);
    this.#stop.abort();
    this.#lost.abort(error);
    return error;
  }

  /** Frees the lock. Answers whether it did: a lease that is lost, or an endpoint that is gone, makes no error. */
  release(): Promise<boolean> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #release(): Promise<boolean> {
    this.#stop.abort();
    // A heartbeat that lands after the release would be refused, and look like a loss.
    await this.#heartbeats;
    aliveHere.delete(this.holder);
    // After a loss the row is left to run out: freeing it would cut short the time that late writes have to land.
    if (this.#lostError || this.#msLeft() <= 0) return false;
    return (await this.#writeLock(FREED)) === 'acknowledged';
  }

  async #keepBeating(): Promise<void> {
    const { clock, leaseMs } = this.#options;
    let wait = leaseMs / 3;
    for (;;) {
      await clock.sleep(wait, { signal: this.#stop.signal, ref: false });
      if (this.#stop.signal.aborted) return;
      const sentAt = clock.monotonic();
      const sentWall = clock.wall();
      const outcome = await this.#writeLock({ heartbeatAt: isoNow(clock) });
      if (this.#stop.signal.aborted) return;
      if (outcome === 'refused') {
        this.lose('another process took it over, or it was unlocked by hand');
        return;
      }
      if (outcome === 'acknowledged') {
        this.#ackedSentAt = sentAt;
        this.#ackedSentWall = sentWall;
      }
      const cadence = outcome === 'acknowledged' ? leaseMs / 3 : leaseMs / 15;
      wait = Math.max(0, sentAt + cadence - clock.monotonic());
    }
  }

  async #watchDeadline(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      const left = this.#msLeft();
      if (left <= 0) this.#loseByClock();
      else await clock.sleep(left, { signal: this.#stop.signal, ref: false });
    }
  }

  /**
   * Conditional on holder and token only, never on the beat: a heartbeat whose answer was lost is repeated, and must
   * not be refused because it worked the first time.
   */
  async #writeLock(set: Readonly<Record<string, unknown>>): Promise<'acknowledged' | 'refused' | 'unknown'> {
    const { clock, leaseMs, table, holder, token } = this.#options;
    const answered = new AbortController();
    const giveUp = new AbortController();
    // A connection that hangs must not use up the whole lease.
    void clock.sleep(leaseMs / 5, { signal: answered.signal, ref: false }).then(() => giveUp.abort());
    try {
      const guard = { kind: 'equals', attributes: { holder, token } } as const;
      const row = await table.update(this.lockKey, { set, add: { beat: 1 } }, guard, { signal: giveUp.signal });
      return row ? 'acknowledged' : 'refused';
    } catch {
      // Whatever it was, only the deadline decides what it means.
      return 'unknown';
    } finally {
      answered.abort();
    }
  }

  #msLeft(): number {
    const { clock, leaseMs } = this.#options;
    // One sixth of the lease is for clocks that run at different speeds, and for requests that are on their way.
    // The monotonic clock stands still while a machine sleeps; the wall clock does not. A wall clock that is set
    // forward costs a lease that was good, which is the cheaper mistake.
    const elapsed = Math.max(clock.monotonic() - this.#ackedSentAt, clock.wall() - this.#ackedSentWall);
    return (leaseMs * 5) / 6 - elapsed;
  }

  #loseByClock(): MigrateError {
    const seconds = Math.round((this.#options.clock.monotonic() - this.#ackedSentAt) / 1000);
    return this.lose(`no heartbeat was acknowledged for ${seconds} s`);
  }
}
