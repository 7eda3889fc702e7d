import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrateError } from '../errors.js';
import { compareIds } from './compare-ids.js';

/** A file whose name says that it is a migration. */
export interface MigrationFile {
  /** File name without its extension: `002-rename-prefs`. */
  readonly id: string;
  readonly number: bigint;
  /** Absolute path, if the directory was given as one. */
  readonly path: string;
}

export interface MigrationFiles {
  /** By number, lowest first. Files that share a number are all here, and in a problem. */
  readonly files: readonly MigrationFile[];
  readonly problems: readonly MigrateError[];
}

const script = /\.(?:ts|mts|cts|js|mjs|cjs)$/;
const noMigration = /\.d\.[cm]?ts$|\.(?:test|spec)\.[^.]+$/;
const rule = /^(?<id>(?<number>\d+)[-_][A-Za-z0-9._-]+)\.(?:ts|mts|cts|js|mjs|cjs)$/;

/**
 * The migration files of a directory: `<digits>-<name>.ts` and its like. Everything else is left alone, so helpers,
 * tests, type declarations and a README may lie beside them. Throws CONFIG_INVALID if there is no such directory.
 */
export async function listMigrationFiles(directory: string): Promise<MigrationFiles> {
  const names = (await fileNames(directory)).filter((name) => script.test(name) && !noMigration.test(name));
  const files = names.flatMap((name) => parse(directory, name)).sort(byNumber);
  const misnamed = names.filter((name) => /^\d/.test(name) && !rule.test(name)).map(misnamedFile);
  return { files, problems: [...misnamed, ...duplicates(files)] };
}

/** Left out in silence, a file that was meant to be a migration would count as applied. */
function misnamedFile(name: string): MigrateError {
  return new MigrateError('MIGRATION_INVALID', `\`${name}\` begins with a digit, but is not named like a migration`, {
    fix: 'name it `<number>-<name>` with letters a-z, A-Z, digits, `.`, `_` and `-`, like `003-add-channel.ts`',
  });
}

async function fileNames(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    throw new MigrateError('CONFIG_INVALID', `there is no directory \`${directory}\` for migrations`, {
      fix: `create it with \`migrate create <name>\`, or correct \`migrations\` in the config`,
      cause: error,
    });
  }
}

function parse(directory: string, name: string): MigrationFile[] {
  const { id, number } = rule.exec(name)?.groups ?? {};
  return id && number ? [{ id, number: BigInt(number), path: join(directory, name) }] : [];
}

function byNumber(a: MigrationFile, b: MigrationFile): number {
  return compareIds(a.id, b.id) || (a.path < b.path ? -1 : 1);
}

function duplicates(files: readonly MigrationFile[]): MigrateError[] {
  const byNumber = new Map<bigint, MigrationFile[]>();
  for (const file of files) byNumber.set(file.number, [...(byNumber.get(file.number) ?? []), file]);
  return [...byNumber.values()].filter((group) => group.length > 1).map(duplicate);
}

function duplicate(group: readonly MigrationFile[]): MigrateError {
  const names = group.map(({ path }) => `\`${path.split(/[\\/]/).at(-1)}\``).join(' and ');
  return new MigrateError('DUPLICATE_NUMBER', `${names} have the same number ${group[0]?.number}`, {
    migration: group.at(-1)?.id,
    fix: 'give the newer file the next free number; a compiled file does not belong beside its source',
  });
}
