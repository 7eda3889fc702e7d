import { MigrateError } from '../errors.js';
import { LOCK_KEY } from './lock-row.js';
import type { MetaTable } from './meta-table.js';
import type { Row, RowKey } from './row-store.js';

/** What a write needs of the lease it is made under; a {@link Lease} is one. */
export interface Fence {
  /** The fencing token: grows with every holder of the lock. */
  readonly token: number;
  /** The row of the lock that counts the token. Default: that of the lock that every command takes which writes. */
  readonly lockKey?: RowKey;
  /** Numbers the writes of one lease: 1, 2, 3… */
  nextWrite(): number;
  /** Throws LEASE_LOST when the lease is no longer ours. */
  assertHeld(): void;
  /** Declares the lease lost, and answers the error to throw. */
  lose(message: string): MigrateError;
}

/** Writes a whole row, unless a later holder of the lock wrote it before. */
export async function putFenced(table: MetaTable, fence: Fence, row: Row): Promise<void> {
  await write(table, fence, row, STAMPED, async (stamp, guard) => {
    const stamped = { ...row, ...stamp };
    return (await table.put(stamped, guard)) ? stamped : undefined;
  });
}

export interface UpdateFencedOptions {
  /** Also create the row where it is missing. Default: the row must be there. */
  readonly orCreate?: boolean;
}

/** Changes some attributes of a row, unless a later holder of the lock wrote it before; answers the row as it is then. */
export function updateFenced(
  table: MetaTable,
  fence: Fence,
  key: RowKey,
  set: Readonly<Record<string, unknown>>,
  { orCreate = false }: UpdateFencedOptions = {},
): Promise<Row> {
  return write(table, fence, key, { ...STAMPED, mustExist: !orCreate }, (stamp, guard) =>
    table.update(key, { set: { ...set, ...stamp } }, guard),
  );
}

/** Deletes a row, unless a later holder of the lock wrote it before. A row that is not there is deleted. */
export async function deleteFenced(table: MetaTable, fence: Fence, key: RowKey): Promise<void> {
  await write(table, fence, key, { ...STAMPED, leavesStamp: false }, async (_stamp, guard) =>
    (await table.delete(key, guard)) ? { pk: key.pk, sk: key.sk } : undefined,
  );
}

interface WriteKind {
  /** Whether a missing row is an error, rather than created. */
  readonly mustExist: boolean;
  /** Whether the row tells afterwards who wrote it; a deleted one does not. */
  readonly leavesStamp: boolean;
}

const STAMPED: WriteKind = { mustExist: false, leavesStamp: true };

interface Stamp {
  readonly token: number;
  readonly write: number;
}

async function write(
  table: MetaTable,
  fence: Fence,
  key: RowKey,
  { mustExist, leavesStamp }: WriteKind,
  attempt: (stamp: Stamp, guard: { kind: 'fence'; mustExist: boolean } & Stamp) => Promise<Row | undefined>,
): Promise<Row> {
  for (;;) {
    fence.assertHeld();
    const stamp: Stamp = { token: fence.token, write: fence.nextWrite() };
    const written = await attempt(stamp, { kind: 'fence', mustExist, ...stamp });
    if (written) return written;

    const found = await table.get(key);
    // The SDK repeats a request whose answer was lost: the first one may have been the one that did it.
    if (leavesStamp && found?.token === stamp.token && found.write === stamp.write) return found;
    if (found && typeof found.token === 'number' && found.token > fence.token) {
      throw fence.lose(`the row \`${nameOf(key)}\` was written under the token ${found.token}, ours is ${fence.token}`);
    }
    if (!found && mustExist) throw await missing(table, fence, key);
    // Two writes of this very lease overtook each other: this one was not made yet, so it goes again.
  }
}

/** A row that the next holder of the lock has deleted, or one that was never there. */
async function missing(table: MetaTable, fence: Fence, key: RowKey): Promise<MigrateError> {
  const lockKey = fence.lockKey ?? LOCK_KEY;
  const lock = await table.get(lockKey);
  // A segment's row is its lease too.
  if (!lock && lockKey.pk === key.pk && lockKey.sk === key.sk) return fence.lose(`the row \`${nameOf(key)}\` is gone`);
  if (typeof lock?.token === 'number' && lock.token > fence.token) {
    return fence.lose(
      `the row \`${nameOf(key)}\` is gone, and the lock has the token ${lock.token}, not ${fence.token}`,
    );
  }
  return new MigrateError('INTERNAL', `the row \`${nameOf(key)}\` of the meta table has to be there, and is not`);
}

function nameOf({ pk, sk }: RowKey): string {
  return `${pk}/${sk}`;
}
