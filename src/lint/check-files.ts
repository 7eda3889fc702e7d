import { readFileSync } from 'node:fs';
import { isDefinition } from '../definition/definition-mark.js';
import type { MigrateError } from '../errors.js';
import { checksumOf } from '../migrator/checksum.js';
import { loadMigrations } from '../migrator/load-migrations.js';
import { listMigrationFiles, type MigrationFile } from '../migrator/migration-files.js';
import { checkOrder, type OrderedFile } from './check-order.js';
import { checkTypes } from './check-types.js';
import type { Finding } from './finding.js';
import { lint, withoutAllowed } from './lint.js';
import { nextOrder, type OrderLine, readOrder, writeOrder } from './order-file.js';

export interface CheckedFiles {
  readonly findings: readonly Finding[];
  readonly migrations: readonly string[];
  /** The compiler that looked at the types; `undefined` where no file has any. */
  readonly compiler: string | undefined;
  /** Whether the order file was written. */
  readonly written: boolean;
}

/** All that can be known of migrations without a database. */
export async function checkFiles(options: {
  readonly directory: string;
  /** Write the order file as it has to be. */
  readonly write: boolean;
  /** Leave the compiler out. */
  readonly skipTypes: boolean;
  readonly signal?: AbortSignal | undefined;
}): Promise<CheckedFiles> {
  const { directory, write, skipTypes, signal } = options;
  const { files } = await listMigrationFiles(directory);
  const types = checkTypes(skipTypes ? [] : files.map(({ path }) => path), { directory, signal });
  // Whatever fails first, nobody may be left without somebody who waits for it.
  types.catch(() => undefined);
  const { migrations, problems } = await loadMigrations({ directory, isDefinition });
  const ordered = await withChecksums(files);
  const written = write && (await update(directory, ordered));
  const order = checkOrder(await readOrder(directory), ordered);
  const { findings: typeErrors, compiler } = await types;

  const pathOf = new Map(files.map(({ id, path }) => [id, path]));
  const idOf = new Map(files.map(({ id, path }) => [path, id]));
  const loaded = problems.map((problem) => ofProblem(problem, pathOf));
  const ofTypes = typeErrors.map((one) => ({ ...one, migration: (one.file && idOf.get(one.file)) ?? null }));
  const findings = [...loaded, ...ofTypes, ...order, ...lint(migrations)];
  return {
    findings: withoutAllowed(findings, pathOf, readIfThere).sort(byPlace),
    migrations: files.map(({ id }) => id),
    compiler,
    written,
  };
}

/** A file that cannot be parsed has no checksum; it is a problem already. */
async function withChecksums(files: readonly MigrationFile[]): Promise<OrderedFile[]> {
  const ordered: OrderedFile[] = [];
  for (const { id, path } of files) {
    const checksum = await checksumOf(path).catch(() => undefined);
    if (checksum !== undefined) ordered.push({ id, path, checksum });
  }
  return ordered;
}

/** Writes the order file where it is not as it should be; one with marks of a conflict is for a person to merge. */
async function update(directory: string, files: readonly OrderedFile[]): Promise<boolean> {
  const { lines, unreadable } = await readOrder(directory);
  if (unreadable.length > 0) return false;
  const next = nextOrder(lines, files);
  const textOf = (some: readonly OrderLine[] | undefined) =>
    JSON.stringify(some?.map(({ id, checksum }) => [id, checksum]));
  if (textOf(lines) === textOf(next)) return false;
  await writeOrder(directory, next);
  return true;
}

function ofProblem(problem: MigrateError, pathOf: ReadonlyMap<string, string>): Finding {
  const { code, message, migration = null, fix = null } = problem;
  const file = (migration !== null && pathOf.get(migration)) || null;
  return { code, severity: 'error', migration, file, line: null, column: null, message, fix };
}

function byPlace(a: Finding, b: Finding): number {
  const [left, right] = [a, b].map(({ file }) => file ?? '');
  if (left !== right) return (left ?? '') < (right ?? '') ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
