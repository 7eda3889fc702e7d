import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { MigrateError } from '../errors.js';
import { generatedSync } from './generated-sync.js';
import { findFile } from './move-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';

export interface SyncGenerateOptions extends CommandOptions {
  readonly id: string;
  /** The folder to write to, relative to `cwd`. Default: `sync/<id>`. */
  readonly out?: string | undefined;
  /** Put the AWS SDK into the bundle, in place of taking the one of the Lambda runtime. */
  readonly bundleSdk?: boolean | undefined;
}

/** Writes the files that a move's live sync as a Lambda function is deployed from. Reads only, in AWS. */
export function syncGenerate(options: SyncGenerateOptions): Promise<Report> {
  return reportOrThrow(runSyncGenerate(options));
}

export function runSyncGenerate(options: SyncGenerateOptions): Promise<Outcome> {
  const { id, bundleSdk, cwd = process.cwd() } = options;
  return runCommand('sync generate', options, async (session) => {
    const rows = await session.rows();
    const file = await findFile(session, id, rows);
    const row = rows.find((one) => one.id === id);
    const directory = resolve(cwd, options.out ?? join('sync', id));
    await requireOurs(directory, cwd);
    const { files } = await generatedSync(session.migrator, file, row, { bundleSdk });
    await mkdir(directory, { recursive: true });
    for (const [name, contents] of Object.entries(files)) await writeFile(join(directory, name), contents);
    if (row?.move?.streams?.up?.arn === undefined) {
      session.warn(
        `the stream of the source is not on yet: give it as SourceStreamArn, or generate again after \`migrate up\``,
      );
    }
    return {
      files: Object.keys(files).map((name) => relative(cwd, join(directory, name))),
      next: [
        { why: 'read how to deploy them', command: `cat ${relative(cwd, join(directory, 'README.md'))}` },
        { why: 'or have it done', command: session.commandLine(`sync deploy ${id}`) },
      ],
    };
  });
}

/** Files of others are never overwritten; those of an earlier `sync generate` are. */
async function requireOurs(directory: string, cwd: string): Promise<void> {
  const names: string[] = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code !== 'ENOTDIR') throw error;
    throw new MigrateError('FILE_EXISTS', `\`${relative(cwd, directory)}\` is a file`, {
      fix: 'name a folder with --out',
    });
  });
  if (names.length === 0 || (names.includes('manifest.json') && names.includes('template.yaml'))) return;
  throw new MigrateError('FILE_EXISTS', `\`${relative(cwd, directory) || '.'}\` has other files in it`, {
    fix: 'nothing was overwritten; name an empty folder with --out',
  });
}
