import { join } from 'node:path';
import { loadConfig } from '../config/load-config.js';
import { isMigrateError, MigrateError } from '../errors.js';
import { addToOrder } from '../lint/add-to-order.js';
import { listMigrationFiles } from '../migrator/migration-files.js';
import { isTemplate, migrationTemplate, type TemplateName, templateNames } from './migration-templates.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow } from './run-command.js';
import { runOffline } from './run-offline.js';
import { writeNewFile } from './write-new-file.js';

export interface CreateOptions extends Pick<CommandOptions, 'cwd' | 'config' | 'env'> {
  /** What the migration does: `rename prefs` or `rename-prefs`. */
  readonly name: string;
  /** What to begin with. Default: `rename`. */
  readonly template?: TemplateName | string | undefined;
}

/** Writes the next migration file. */
export function create(options: CreateOptions): Promise<Report> {
  return reportOrThrow(runCreate(options));
}

export function runCreate(options: CreateOptions): Promise<Outcome> {
  const { cwd = process.cwd(), config, env, template = 'rename' } = options;
  return runOffline('create', async () => {
    const name = slugOf(options.name);
    if (!isTemplate(template)) {
      throw new MigrateError('USAGE', `there is no template \`${template}\``, {
        fix: `use ${templateNames.join(', ')}`,
      });
    }
    const { settings } = await loadConfig({ cwd, config, environment: env });
    const directory = settings.migrationsDirectory;
    const id = `${await nextNumber(directory)}-${name}`;
    const description = sentence(name);
    const file = await writeNewFile(
      join(directory, `${id}.ts`),
      migrationTemplate(template, description, tableOf(name)),
      cwd,
    );
    await addToOrder(directory);
    return { files: [file], next: [{ why: 'run it once it says what you mean', command: 'migrate up' }] };
  });
}

function slugOf(name: string): string {
  const slug = name
    .trim()
    .replace(/\.(?:[cm]?[jt]s)$/, '')
    .replace(/\s+/g, '-');
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(slug) && slug.length <= 100) return slug;
  throw new MigrateError('USAGE', `\`${name}\` cannot be part of a file name`, {
    fix: 'use letters, digits, `-`, `_` and `.`: `migrate create rename-prefs`',
  });
}

/** One after the highest, as wide as the others. */
async function nextNumber(directory: string): Promise<string> {
  const files = await listMigrationFiles(directory).then(
    (found) => found.files,
    (error: unknown) => {
      if (isMigrateError(error, 'CONFIG_INVALID')) return [];
      throw error;
    },
  );
  const last = files.at(-1);
  if (!last) return '001';
  const width = /^\d+/.exec(last.id)?.[0].length ?? 3;
  return String(last.number + 1n).padStart(width, '0');
}

function sentence(slug: string): string {
  const words = slug.replace(/[-_.]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A table of its own for a migration that makes one: `create-orders` is about ORDERS. */
function tableOf(slug: string): string {
  const name = slug
    .replace(/^(?:create|add|new)-/i, '')
    .replace(/[-.]+/g, '_')
    .toUpperCase();
  // DynamoDB wants three characters.
  return name.padEnd(3, '_');
}
