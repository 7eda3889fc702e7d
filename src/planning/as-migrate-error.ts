import { isMigrateError, MigrateError, messageOf } from '../errors.js';

/** What an item failed with; a defect of ours is one as well. */
export function asMigrateError(thrown: unknown): MigrateError {
  return isMigrateError(thrown)
    ? thrown
    : new MigrateError('INTERNAL', `unexpected: ${messageOf(thrown)}`, { cause: thrown });
}
