import { join, relative } from 'node:path';
import { loadConfig } from '../config/load-config.js';
import { isMigrateError, MigrateError } from '../errors.js';
import { addToOrder } from '../lint/add-to-order.js';
import { listMigrationFiles } from '../migrator/migration-files.js';
import type { CommandOptions } from './options.js';
import type { NextStep, Report } from './report.js';
import { type CommandResult, type Outcome, reportOrThrow, runCommand } from './run-command.js';
import { runOffline } from './run-offline.js';
import { writeTemplate } from './templates/index.js';
import { sampleTable } from './templates/sample-table.js';
import type { TemplateInput } from './templates/template.js';
import { isTemplate, type TemplateName, templateNames } from './templates/template-names.js';
import { toInstall } from './to-install.js';
import { writeNewFile } from './write-new-file.js';

export interface CreateOptions extends CommandOptions {
  /** What the migration does: `rename prefs` or `rename-prefs`. */
  readonly name: string;
  /** What to begin with. Default: `rename`. */
  readonly template?: TemplateName | string | undefined;
  /** A table, named as in migrations, of which one page is read for the names and types of attributes. */
  readonly sample?: string | undefined;
  /** Whether to write its test too. Default: true. */
  readonly test?: boolean | undefined;
}

/** Writes the next migration file, and its test. */
export function create(options: CreateOptions): Promise<Report> {
  return reportOrThrow(runCreate(options));
}

export function runCreate(options: CreateOptions): Promise<Outcome> {
  const { sample } = options;
  if (sample === undefined) return runOffline('create', () => writeMigration(options, {}));
  return runCommand(
    'create',
    options,
    async ({ migrator, settings, warn }) => {
      // Not before it is known that there is something to write.
      checkedTemplate(options);
      slugOf(options.name);
      const { keys, fields, items } = await sampleTable(migrator.client, settings.tableName(sample));
      if (items === 0) warn(`${sample} has no items: the attributes are made up`);
      return writeMigration(options, { table: sample, keys, ...(items > 0 && { fields }) });
    },
    { withMigrations: false },
  );
}

async function writeMigration(options: CreateOptions, known: Partial<TemplateInput>): Promise<CommandResult> {
  const { cwd = process.cwd(), config, env, test = true } = options;
  const name = slugOf(options.name);
  const template = checkedTemplate(options);
  const { settings } = await loadConfig({ cwd, config, environment: env });
  const directory = settings.migrationsDirectory;
  const id = `${await nextNumber(directory)}-${name}`;
  const text = writeTemplate(template, {
    ...madeUp,
    ...known,
    id,
    description: sentence(name),
    newTable: tableOf(name),
  });
  const files = [await writeNewFile(join(directory, `${id}.ts`), text.migration, cwd)];
  if (test) files.push(await writeNewFile(join(directory, `${id}.test.ts`), text.test, cwd));
  const order = await addToOrder(directory);
  if (order !== undefined) files.push(relative(cwd, order));
  const next: NextStep[] = [
    ...(test ? toInstall(['vitest'], cwd) : []),
    ...(test ? [{ why: 'test it', command: `npx vitest run ${files[1]}` }] : []),
    { why: 'run it once it says what you mean', command: 'migrate up' },
  ];
  return { files, next };
}

const madeUp = {
  table: 'USERS',
  keys: [{ name: 'id', type: 'string' }],
  fields: [{ name: 'name', type: 'string', optional: true }],
};

function checkedTemplate({ template = 'rename' }: CreateOptions): TemplateName {
  if (isTemplate(template)) return template;
  throw new MigrateError('USAGE', `there is no template \`${template}\``, { fix: `use ${templateNames.join(', ')}` });
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
