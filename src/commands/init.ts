import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findConfig } from '../config/find-config.js';
import { moduleKindOf } from '../config/module-kind.js';
import { isMigrateError, MigrateError } from '../errors.js';
import { addToOrder } from '../lint/add-to-order.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow } from './run-command.js';
import { runOffline } from './run-offline.js';
import { firstMigration, firstTest, localEnvironment, productionEnvironment } from './templates/first-project.js';
import { toInstall } from './to-install.js';
import { writeNewFile } from './write-new-file.js';

/** Writes `migrate.config.ts`, two environments, and a first migration with its test. Never overwrites a file. */
export function init(options: Pick<CommandOptions, 'cwd'> = {}): Promise<Report> {
  return reportOrThrow(runInit(options));
}

export function runInit({ cwd = process.cwd() }: Pick<CommandOptions, 'cwd'>): Promise<Outcome> {
  return runOffline('init', async () => {
    refuseSecondConfig(cwd);
    const extension = moduleKindOf(join(cwd, 'migrate.config.ts')) === 'module' ? '.js' : '';
    const files = [
      ['config/local.ts', localEnvironment],
      ['config/production.ts', productionEnvironment],
      ['migrate.config.ts', config(extension)],
      ['migrations/001-create-users.ts', firstMigration],
      ['migrations/001-create-users.test.ts', firstTest],
    ] as const;
    const taken = files.find(([name]) => existsSync(join(cwd, name)));
    if (taken) {
      throw new MigrateError('FILE_EXISTS', `\`${taken[0]}\` is there already`, {
        fix: 'nothing was written; move it away first',
      });
    }
    const written: string[] = [];
    for (const [name, text] of files) written.push(await writeNewFile(join(cwd, name), text, cwd));
    const order = await addToOrder(join(cwd, 'migrations'));
    if (order !== undefined) written.push(relative(cwd, order));
    return {
      files: written,
      next: [
        ...toInstall(['dynamigrate', 'vitest'], cwd),
        { why: 'apply the first migration to an embedded DynamoDB', command: 'migrate up' },
        { why: 'write the next one, which has two users to change', command: 'migrate create full-name' },
        { why: 'test them', command: 'npx vitest run' },
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

function config(extension: string): string {
  return `import { defineConfig } from 'dynamigrate';
import { local } from './config/local${extension}';
import { production } from './config/production${extension}';

export default defineConfig({
  migrations: './migrations',
  metaTable: 'dynamigrate',
  environments: { local, production },
});
`;
}
