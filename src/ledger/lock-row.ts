import type { Actor } from './actor.js';
import type { MetaTable } from './meta-table.js';
import type { Row, RowKey } from './row-store.js';

/** The key of the lock that every command takes which writes. */
export const LOCK_KEY = { pk: 'lock', sk: 'lock' } as const;

/** Who holds the lock. */
export interface LockRow extends Actor {
  /** A random id of this very acquisition. */
  readonly holder: string;
  /** The fencing token: one more than that of the holder before. */
  readonly token: number;
  /** Grows with every heartbeat. */
  readonly beat: number;
  /** How long the row must stand still before somebody else may take it. */
  readonly leaseMs: number;
  /** The command that runs under the lock. */
  readonly command: string;
  /** ISO times by the holder's clock: for people only, no decision is made on them. */
  readonly acquiredAt: string;
  readonly heartbeatAt: string;
}

/** The lock row, or undefined when the lock is free. */
export async function readLock(table: MetaTable, key: RowKey = LOCK_KEY): Promise<LockRow | undefined> {
  return asHeld(await table.get(key));
}

/** The holder that a stored lock row names; a released lock keeps its row, with the token and no holder. */
export function asHeld(row: Row | undefined): LockRow | undefined {
  if (row?.holder === undefined) return undefined;
  const { pk: _pk, sk: _sk, ...lock } = row;
  return lock as unknown as LockRow;
}

/** A change of the lock row that frees it. The token and the beat stay: a later holder must get a higher token. */
export const FREED = {
  holder: undefined,
  leaseMs: undefined,
  host: undefined,
  pid: undefined,
  user: undefined,
  ciUrl: undefined,
  command: undefined,
  acquiredAt: undefined,
  heartbeatAt: undefined,
} as const;

/** What must not have changed since the row was read, for it to be taken. */
export function identityOf(row: Row | LockRow | undefined) {
  const { holder, token, beat } = (row ?? {}) as Partial<LockRow>;
  return { holder, token, beat };
}
