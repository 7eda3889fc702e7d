import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findConfig } from '../config/find-config.js';
import { isMigrateError, MigrateError } from '../errors.js';
import { addToOrder } from '../lint/add-to-order.js';
import { firstMigration } from './migration-templates.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow } from './run-command.js';
import { runOffline } from './run-offline.js';
import { writeNewFile } from './write-new-file.js';

/** Writes `migrate.config.ts`, `config/local.ts` and a first migration. Never overwrites a file. */
export function init(options: Pick<CommandOptions, 'cwd'> = {}): Promise<Report> {
  return reportOrThrow(runInit(options));
}

export function runInit({ cwd = process.cwd() }: Pick<CommandOptions, 'cwd'>): Promise<Outcome> {
  return runOffline('init', async () => {
    refuseSecondConfig(cwd);
    const extension = (await isEsModule(cwd)) ? '.js' : '';
    const files = [
      ['config/local.ts', localEnvironment],
      ['migrate.config.ts', config(extension)],
      ['migrations/001-create-users.ts', firstMigration],
    ] as const;
    const taken = files.find(([name]) => existsSync(join(cwd, name)));
    if (taken) {
      throw new MigrateError('FILE_EXISTS', `\`${taken[0]}\` is there already`, {
        fix: 'nothing was written; move it away first',
      });
    }
    const written: string[] = [];
    for (const [name, text] of files) written.push(await writeNewFile(join(cwd, name), text, cwd));
    await addToOrder(join(cwd, 'migrations'));
    return {
      files: written,
      next: [
        { why: 'apply the first migration to an embedded DynamoDB', command: 'migrate up' },
        { why: 'write the next one', command: 'migrate create <name>' },
      ],
    };
  });
}

function refuseSecondConfig(cwd: string): void {
  let found: string;
  try {
    found = findConfig({ cwd });
  } catch (error) {
    if (isMigrateError(error, 'CONFIG_NOT_FOUND')) return;
    throw error;
  }
  throw new MigrateError('FILE_EXISTS', `there is a config already: \`${found}\``, {
    fix: 'write a migration with `migrate create <name>`',
  });
}

async function isEsModule(cwd: string): Promise<boolean> {
  const text = await readFile(join(cwd, 'package.json'), 'utf8').catch(() => '{}');
  return /"type"\s*:\s*"module"/.test(text);
}

function config(extension: string): string {
  return `import { defineConfig } from 'dynamigrate';
import { local } from './config/local${extension}';

export default defineConfig({
  migrations: './migrations',
  metaTable: 'dynamigrate',
  environments: { local },
});
`;
}

const localEnvironment = `import type { EnvironmentConfig } from 'dynamigrate';

/** An embedded DynamoDB: nothing to install, data kept in .dynalite/. */
export const local: EnvironmentConfig = { engine: 'dynalite', path: '.dynalite' };
`;
