import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { MigrateError } from '../errors.js';
import { assertConvergesUnder, type ConvergeOptions } from './assert-converges.js';
import { assertIdempotent } from './assert-idempotent.js';
import { assertMigrates } from './assert-migrates.js';
import { assertResumesAfterAnyCrash, type ResumeOptions } from './assert-resumes.js';
import { assertRoundTrips } from './assert-round-trip.js';
import type { TestItems } from './items.js';
import { isMigrationUnderTest, type MigrationUnderTest } from './open-migration.js';
import type { Writer } from './writers.js';

/** What the matchers add to `expect(migration)`. Each returns a promise: `await` it. */
export interface MigrationMatchers<Result = Promise<void>> {
  /** The migration makes `after` of `before`. See {@link assertMigrates}. */
  toMigrate(before: TestItems, after: TestItems): Result;
  /** The way there and back leaves everything as it was. See {@link assertRoundTrips}. */
  toRoundTrip(items?: TestItems): Result;
  /** Doing it twice is doing it once. See {@link assertIdempotent}. */
  toBeIdempotent(items?: TestItems): Result;
  /** Killed after any write, it goes on to the same end. See {@link assertResumesAfterAnyCrash}. */
  toResumeAfterAnyCrash(options?: ResumeOptions): Result;
  /** It ends as though writers beside it had written before it. See {@link assertConvergesUnder}. */
  toConvergeUnder(writers: Writer | readonly Writer[], options?: ConvergeOptions): Result;
}

/** What `expect.extend` of vitest, and of Jest, wants of a matcher. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}

type Received<Args extends unknown[]> = (migration: unknown, ...args: Args) => Promise<MatcherResult>;

/**
 * For `expect.extend(matchers)`; `import 'dynamigrate/testing/vitest'` does that, and adds the types.
 */
export const matchers: {
  readonly [Name in keyof MigrationMatchers]: Received<Parameters<MigrationMatchers[Name]>>;
} = {
  toMigrate: matcher('make that of these items', assertMigrates),
  toRoundTrip: matcher('find its way back', assertRoundTrips),
  toBeIdempotent: matcher('be idempotent', assertIdempotent),
  toResumeAfterAnyCrash: matcher('resume after any crash', assertResumesAfterAnyCrash),
  toConvergeUnder: matcher('converge under the writers', assertConvergesUnder),
};

function matcher<Args extends unknown[]>(
  what: string,
  assertion: (migration: MigrationUnderTest, ...args: Args) => Promise<void>,
): Received<Args> {
  return async (migration, ...args) => {
    if (!isMigrationUnderTest(migration)) {
      throw new MigrateError('USAGE', `a matcher for migrations was given ${inspect(migration, { depth: 0 })}`, {
        fix: "`const migration = await openMigration('002-full-name')`, then `await expect(migration)…`",
      });
    }
    try {
      await assertion(migration, ...args);
      return { pass: true, message: () => `expected migration \`${migration.id}\` not to ${what}` };
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      const { message, actual, expected } = error;
      return { pass: false, message: () => message, ...(expected !== undefined && { actual, expected }) };
    }
  };
}
