import type { InPlaceMigration } from '../definition/define-migration.js';
import type { StepsMigration } from '../definition/define-steps.js';
import type { LoadedMigration as Loaded } from './load-migrations.js';

/** What a migration file exports. Each kind has its own runner. */
export type Definition = InPlaceMigration | StepsMigration;

/** A migration file: its id, path, checksum and what it exports. */
export type LoadedMigration = Loaded<Definition>;

/** The logical names of the tables that a migration declares; steps declare none. */
export function tablesOf(definition: Definition): string[] {
  return definition.kind === 'in-place' ? [definition.table.name] : [];
}
