import { defineMoveWith, type MoveDefinition, type MoveMigration } from '../definition/define-move.js';
import type { TargetWishes } from '../dynamodb/target-wishes.js';

/** What `dynamigrate` means inside a bundle: what a migration file is written with, and nothing that runs migrations. */
export { table } from '../definition/table.js';
export { isMigrateError, MigrateError } from '../errors.js';
export { NumberValue } from '../item/number.js';

/** Only a move has functions, and it was checked when they were made of it: what its table is to be like is not their business. */
export function defineMigration<From, To, Up, Down>(definition: MoveDefinition<From, To, Up, Down>): MoveMigration {
  const readTarget = (target: unknown) => (target ?? {}) as TargetWishes;
  return defineMoveWith({ readTarget, assertKeys: () => undefined }, definition);
}
