import { AssertionError } from 'node:assert';
import { type ErrorCode, isMigrateError } from '../errors.js';
import { listed } from './difference.js';

/** What is wrong with the test, its project or its machine, and says nothing about the migration. */
const notOfTheMigration = [
  'USAGE',
  'CONFIG_NOT_FOUND',
  'CONFIG_INVALID',
  'UNKNOWN_ENVIRONMENT',
  'UNKNOWN_MIGRATION',
  'MIGRATION_LOAD_FAILED',
  'ENGINE_FAILED',
  'ENDPOINT_UNREACHABLE',
  'LOCK_HELD',
  'INTERNAL',
] as const satisfies readonly ErrorCode[];

export interface Compared {
  readonly actual?: unknown;
  readonly expected?: unknown;
}

/** Fails an assertion about a migration. */
export function fail(id: string, what: string, lines: readonly string[] = [], compared: Compared = {}): never {
  throw new AssertionError({
    message: `migration \`${id}\` ${what}${lines.length > 0 ? `:${listed(lines)}` : ''}`,
    ...compared,
    operator: 'migrates',
  });
}

/** Runs a part of a test; an error that the migration is to blame for fails the assertion, any other is thrown on. */
export async function attempt<T>(id: string, what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isMigrateError(error) || isMigrateError(error, ...notOfTheMigration)) throw error;
    const { code, message, key, fix } = error;
    return fail(id, `${what}: ${code}: ${message}${key === undefined ? '' : ` (item ${key})`}${fix ? `; ${fix}` : ''}`);
  }
}
