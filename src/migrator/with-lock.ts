import { acquireLock } from '../ledger/acquire-lock.js';
import type { LockedMigrator, Migrator } from './migrator.js';
import type { WriteGate } from './write-gate.js';

export interface LockOptions {
  /** The command, for whoever waits behind it. */
  readonly command: string;
  readonly lockTimeoutMs: number;
  readonly gate: WriteGate;
}

/** Runs `work` under the lock, with writes allowed; creates the meta table if it is missing. */
export async function withLock<T>(
  migrator: Migrator,
  { command, lockTimeoutMs, gate }: LockOptions,
  work: (migrator: LockedMigrator) => Promise<T>,
): Promise<T> {
  const { settings, metaTable, actor, signal, emit } = migrator;
  await metaTable.ensure();
  const lease = await acquireLock({
    table: metaTable,
    actor,
    command,
    leaseMs: settings.leaseMs,
    timeoutMs: lockTimeoutMs,
    signal,
    exclusiveEngine: settings.engine?.kind === 'dynalite',
    onWait: (holder, waitedMs) => emit({ type: 'waiting', holder, waitedMs }),
  });
  // What is on its way must not land much later: the next holder may have taken it back by then.
  lease.signal.addEventListener(
    'abort',
    () => {
      migrator.budgets.abandon(lease.signal.reason);
      migrator.client.destroy();
    },
    { once: true },
  );
  try {
    gate.open(lease);
    return await work({ ...migrator, lease });
  } finally {
    gate.close();
    await lease.release();
  }
}
