import { statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { MigrateError } from '../errors.js';

const names = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((extension) => `migrate.config.${extension}`);

export interface FindConfigOptions {
  readonly cwd: string;
  /** A file named by hand, relative to `cwd`. Default: `migrate.config.*` in `cwd`. */
  readonly config?: string | undefined;
}

/**
 * The absolute path of the config file. Parent folders are not searched: a command must not act on a project that
 * nobody named. Throws CONFIG_NOT_FOUND.
 */
export function findConfig({ cwd, config }: FindConfigOptions): string {
  if (config !== undefined) {
    const path = resolve(cwd, config);
    if (isFile(path)) return path;
    throw new MigrateError('CONFIG_NOT_FOUND', `there is no config file \`${path}\``, {
      fix: 'correct `--config`, or write a config with `migrate init`',
    });
  }
  const found = names.map((name) => resolve(cwd, name)).find(isFile);
  if (found !== undefined) return found;
  const above = inParents(cwd);
  throw new MigrateError(
    'CONFIG_NOT_FOUND',
    `there is no \`migrate.config.{ts,mts,cts,js,mjs,cjs}\` in \`${cwd}\` (parent folders are not searched)`,
    {
      fix:
        above === undefined
          ? 'run `migrate init`, or name the file with `--config <path>`'
          : `if that one is meant: \`--config ${relative(cwd, above)}\`; else run \`migrate init\``,
    },
  );
}

/** The nearest one above: it is told of, and not taken. */
function inParents(folder: string): string | undefined {
  const parent = dirname(folder);
  if (parent === folder) return undefined;
  return names.map((name) => resolve(parent, name)).find(isFile) ?? inParents(parent);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
