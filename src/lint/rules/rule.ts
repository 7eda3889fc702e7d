import type { LoadedMigration } from '../../migrator/migration.js';
import type { FindingDetails } from '../finding.js';
import type { KnownTables, MadeIndex } from '../known-tables.js';
import type { LintCode } from '../lint-codes.js';
import type { ParsedFile } from '../source-facts.js';

/** A migration as rules look at it. */
export interface LintSubject {
  readonly file: LoadedMigration;
  readonly source: ParsedFile;
  readonly tables: KnownTables;
  /** The indexes that this migration makes. */
  readonly indexes: readonly MadeIndex[];
}

/** What a rule found; its migration and, unless said otherwise, its file are known to whoever asked. */
export interface RuleFinding extends Omit<FindingDetails, 'migration'> {
  readonly code: LintCode;
  readonly message: string;
}

export type Rule = (subject: LintSubject) => readonly RuleFinding[];
