import type { InPlaceMigration } from '../definition/define-migration.js';
import type { MoveMigration } from '../definition/define-move.js';
import type { StepsMigration } from '../definition/define-steps.js';
import type { LoadedMigration as Loaded } from './load-migrations.js';

/** What a migration file exports. Each kind has its own runner. */
export type Definition = InPlaceMigration | MoveMigration | StepsMigration;

/** A migration file: its id, path, checksum and what it exports. */
export type LoadedMigration = Loaded<Definition>;

/** The logical names of the tables that a migration declares; steps declare none. */
export function tablesOf(definition: Definition): string[] {
  switch (definition.kind) {
    case 'in-place':
      return [definition.table.name];
    case 'move':
      return [definition.from.name, definition.to.name];
    case 'steps':
      return [];
  }
}
