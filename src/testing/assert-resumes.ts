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
  /** At most this many crashes, spread evenly over the run. Default: one after every write. */
  readonly crashes?: number | undefined;
}

/**
 * Asserts that a migration which is killed goes on to the same end. It is run once to count its writes, those to the
 * record among them; then once for each, killed after that write, and run again. Keep the items few.
 *
 * @throws AssertionError with the write after which it was killed, and what is different in the end.
 */
export async function assertResumesAfterAnyCrash(
  migration: MigrationUnderTest,
  { items, crashes = Number.POSITIVE_INFINITY }: ResumeOptions = {},
): Promise<void> {
  const { id } = migration;
  await migration.seed(items);
  const whole = killAfter(Number.POSITIVE_INFINITY);
  await attempt(id, 'failed', () => migration.up(whole));
  const expected = await migration.contents();
  const step = Math.max(1, whole.landed.length / crashes);
  for (let at = 0; at < whole.landed.length; at += step) {
    await migration.seed(items);
    const kill = killAfter(Math.floor(at));
    await die(migration, kill);
    await freeLocks(migration);
    const where =
      at < 1
        ? 'killed before its first write'
        : `killed after write ${kill.landed.length} of ${whole.landed.length} (${kill.landed.at(-1)})`;
    await attempt(id, `does not go on: ${where}, the next run failed`, () => migration.up());
    const lines = tableDifferences(await migration.contents(), expected, new Set([migration.metaTable]));
    if (lines.length > 0) fail(id, `ends otherwise when it is ${where} and run again`, lines);
  }
}

async function die(migration: MigrationUnderTest, kill: Kill): Promise<void> {
  try {
    await migration.up(kill);
  } catch (error) {
    // The test refused a request. Whatever that looks like from inside, the process is gone.
    if (!kill.isDead() || !isMigrateError(error)) throw error;
  }
}
