import { isMigrateError } from '../errors.js';
import { tableDifferences } from './difference.js';
import { attempt, fail } from './fail.js';
import { type Kill, killAfter } from './faults.js';
import type { TestItems } from './items.js';
import { freeLocks } from './meta-rows.js';
import type { MigrationUnderTest } from './open-migration.js';

export interface ResumeOptions {
  /** Default: those of `openMigration`. */
  readonly items?: TestItems | undefined;
  /** At most this many crashes, spread evenly over the run. Default: at every one of its moments. */
  readonly crashes?: number | undefined;
  /** Also beside every write to the meta table: checkpoints, rows, the lock. Some 30 more runs. Default: false. */
  readonly everyWrite?: boolean | undefined;
}

/**
 * Asserts that a migration which is killed goes on to the same end. It is run once to learn its writes; then it is
 * killed, and run again, at the start and before and after each write to a table, so also between a write and its
 * record. Between a read and the next write it leaves what it leaves before the read: that is no moment of its own.
 * Keep the items few.
 *
 * @throws AssertionError with the write after which it was killed, and what is different in the end.
 */
export async function assertResumesAfterAnyCrash(
  migration: MigrationUnderTest,
  { items, crashes = Number.POSITIVE_INFINITY, everyWrite = false }: ResumeOptions = {},
): Promise<void> {
  const { id, metaTable } = migration;
  await migration.seed(items);
  const whole = killAfter(Number.POSITIVE_INFINITY);
  await attempt(id, 'failed', () => migration.up(whole));
  const expected = await migration.contents();
  for (const writes of crashPoints(whole.landed, everyWrite ? undefined : metaTable, crashes)) {
    await migration.seed(items);
    const kill = killAfter(writes);
    await die(migration, kill);
    await freeLocks(migration);
    const where =
      writes === 0
        ? 'killed before its first write'
        : `killed after write ${kill.landed.length} of ${whole.landed.length} (${kill.landed.at(-1)})`;
    await attempt(id, `does not go on: ${where}, the next run failed`, () => goOn(migration));
    const lines = tableDifferences(await migration.contents(), expected, new Set([metaTable]));
    if (lines.length > 0) fail(id, `ends otherwise when it is ${where} and run again`, lines);
  }
}

/** A move waits for as long as a page of its dead predecessor may still be on its way. */
const leaseSeconds = 3;

/** A machine that is too busy to keep so short a lease is one more death, and nothing that the migration did. */
async function goOn(migration: MigrationUnderTest, deaths = 3): Promise<void> {
  try {
    await migration.up({ leaseSeconds });
  } catch (error) {
    if (deaths === 0 || !isMigrateError(error, 'LEASE_LOST')) throw error;
    await freeLocks(migration);
    await goOn(migration, deaths - 1);
  }
}

async function die(migration: MigrationUnderTest, kill: Kill): Promise<void> {
  try {
    await migration.up({ ...kill, leaseSeconds });
  } catch (error) {
    // A busy machine was faster with killing it.
    if (isMigrateError(error, 'LEASE_LOST')) return;
    // The test refused a request. Whatever that looks like from inside, the process is gone.
    if (!kill.isDead() || !isMigrateError(error)) throw error;
  }
}

/** Numbers of writes after which to kill: those beside a write to a table that is not `ignored`. */
function crashPoints(landed: readonly string[], ignored: string | undefined, crashes: number): number[] {
  const isOfTable = (write: string | undefined) =>
    write !== undefined && (ignored === undefined || !write.endsWith(` ${ignored}`));
  const points = landed
    .map((_, at) => at)
    .filter((at) => at === 0 || isOfTable(landed[at - 1]) || isOfTable(landed[at]));
  const step = Math.max(1, points.length / crashes);
  return points.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}
