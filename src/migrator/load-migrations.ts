import { basename } from 'node:path';
import { describeLoadError } from '../config/describe-load-error.js';
import { type ImportedModule, importModule } from '../config/import-module.js';
import { isMigrateError, MigrateError } from '../errors.js';
import { checksumOf } from './checksum.js';
import { listMigrationFiles, type MigrationFile } from './migration-files.js';

/** A migration file that was loaded and found to export a definition. */
export interface LoadedMigration<Definition> {
  readonly id: string;
  readonly path: string;
  readonly definition: Definition;
  readonly checksum: string;
  /**
   * The checksum of the code that `definition` was loaded from. Node loads a module once: in a process that lives on,
   * a file that was edited has another checksum than the code that would run.
   */
  readonly codeChecksum: string;
}

export interface LoadMigrationsOptions<Definition> {
  /** Absolute path. */
  readonly directory: string;
  readonly isDefinition: (value: unknown) => value is Definition;
}

export interface LoadedMigrations<Definition> {
  /** By number, lowest first; only the files without a problem of their own. */
  readonly migrations: LoadedMigration<Definition>[];
  readonly problems: MigrateError[];
}

const codeChecksums = new Map<string, string>();

/**
 * Loads every migration of a directory. A broken file becomes a problem and the others go on, so that one command
 * shows all there is to mend, before anything is written. Throws CONFIG_INVALID if there is no such directory.
 */
export async function loadMigrations<Definition>(
  options: LoadMigrationsOptions<Definition>,
): Promise<LoadedMigrations<Definition>> {
  const { directory, isDefinition } = options;
  const { files, problems } = await listMigrationFiles(directory);
  const loaded: LoadedMigrations<Definition> = { migrations: [], problems: [...problems] };
  // One by one: the files may share helpers, and the order of problems should not depend on timing.
  for (const file of files) {
    try {
      const definition = await loadDefinition(file, directory, isDefinition);
      const checksum = await checksumOf(file.path);
      const codeChecksum = codeChecksums.get(file.path) ?? checksum;
      codeChecksums.set(file.path, codeChecksum);
      loaded.migrations.push({ id: file.id, path: file.path, definition, checksum, codeChecksum });
    } catch (error) {
      if (!isMigrateError(error)) throw error;
      loaded.problems.push(error);
    }
  }
  return loaded;
}

async function loadDefinition<Definition>(
  file: MigrationFile,
  directory: string,
  isDefinition: (value: unknown) => value is Definition,
): Promise<Definition> {
  const { exported: value } = await load(file, directory);
  if (isDefinition(value)) return value;
  const found = describeExport(value);
  throw new MigrateError('MIGRATION_INVALID', `\`${basename(file.path)}\` does not export a migration: ${found}`, {
    migration: file.id,
    fix: "`export default defineMigration({ description: '…', table: table('…'), up: (items) => … })`, or `defineSteps`",
  });
}

async function load(file: MigrationFile, directory: string): Promise<ImportedModule> {
  try {
    return await importModule(file.path);
  } catch (error) {
    if (isMigrateError(error)) {
      const { code, message, key, fix, cause, exitCode } = error;
      throw new MigrateError(code, message, { migration: file.id, key, fix, cause, exitCode });
    }
    const reason = describeLoadError(error, file.path, directory);
    throw new MigrateError('MIGRATION_LOAD_FAILED', `\`${basename(file.path)}\` could not be loaded: ${reason}`, {
      migration: file.id,
      fix: `correct \`${file.path}\``,
      cause: error,
    });
  }
}

function describeExport(value: unknown): string {
  if (value === undefined) return 'it has no default export';
  if (value === null) return 'its default export is null';
  if (value instanceof Promise) return 'its default export is a promise';
  if (Array.isArray(value)) return 'its default export is an array';
  if (typeof value === 'function')
    return `its default export is a ${/^class\b/.test(String(value)) ? 'class' : 'function'}`;
  if (typeof value !== 'object') return `its default export is a ${typeof value}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return 'its default export is an empty object';
  return `its default export is a plain object with ${keys.map((key) => `\`${key}\``).join(', ')}`;
}
