import { found } from '../transform/found.js';
import { defineInPlace, type InPlaceDefinition, type InPlaceMigration } from './define-in-place.js';
import { defineMove, type MoveDefinition, type MoveMigration } from './define-move.js';
import { invalid } from './definition-checks.js';

export type { InPlaceDefinition, InPlaceMigration } from './define-in-place.js';
export type { MoveDefinition, MoveMigration } from './define-move.js';

/**
 * Defines a data migration; the default export of its file. With `table` it rewrites items where they are, with `from`
 * and `to` it moves them from one table to another.
 *
 * @example
 * export default defineMigration({
 *   description: 'Rename prefVal to preferenceValue; every preference gets a channel',
 *   table: table<PreferenceV1, PreferenceV2>('USER_PREFERENCES'),
 *   up: (items) => items.rename('prefVal', 'preferenceValue').add('channel', 'EMAIL'),
 * });
 *
 * @throws MigrateError `MIGRATION_INVALID`, with what was found and what to write instead.
 */
export function defineMigration<Before, After, Up, Down>(
  definition: InPlaceDefinition<Before, After, Up, Down>,
): InPlaceMigration;
export function defineMigration<From, To, Up, Down>(definition: MoveDefinition<From, To, Up, Down>): MoveMigration;
export function defineMigration<A, B, Up, Down>(
  definition: InPlaceDefinition<A, B, Up, Down> | MoveDefinition<A, B, Up, Down>,
): InPlaceMigration | MoveMigration {
  if (typeof definition !== 'object' || definition === null) {
    throw invalid(`\`defineMigration\` was given ${found(definition)}`, 'give an object: `defineMigration({ … })`');
  }
  return isMove(definition) ? defineMove(definition) : defineInPlace(definition);
}

function isMove<A, B, Up, Down>(
  definition: InPlaceDefinition<A, B, Up, Down> | MoveDefinition<A, B, Up, Down>,
): definition is MoveDefinition<A, B, Up, Down> {
  const [part] = ['from', 'to'].filter((key) => key in definition);
  if (part === undefined) return false;
  if (!('table' in definition)) return true;
  throw invalid(
    `both \`table\` and \`${part}\` are given`,
    'name one `table` to rewrite its items where they are, or `from` and `to` to move them into another table',
  );
}
