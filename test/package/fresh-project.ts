import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FreshProject {
  readonly directory: string;
  /** Runs a program in it, and answers what it printed. @throws with all of it, where it fails. */
  readonly run: (command: string, ...args: string[]) => Promise<string>;
  /** A program that was installed there: what `npx` would start, a second sooner. */
  readonly bin: (name: string, ...args: string[]) => Promise<string>;
  readonly migrate: (...args: string[]) => Promise<string>;
  /** Removes a migration and its test. */
  readonly remove: (name: string) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export interface FreshProjectOptions {
  readonly archive: string;
  readonly type: 'module' | 'commonjs';
  /** A version range. */
  readonly typescript: string;
}

/** A project of somebody else's, in which the packed package was installed from its archive, and nothing of ours is. */
export async function createFreshProject({ archive, type, typescript }: FreshProjectOptions): Promise<FreshProject> {
  const directory = await mkdtemp(join(tmpdir(), 'dynamigrate-fresh-'));
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'fresh', private: true, type }));
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig, undefined, 2));
  const run = (command: string, ...args: string[]) =>
    new Promise<string>((resolve, reject) => {
      const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' };
      execFile(command, args, { cwd: directory, maxBuffer: 1e8, env }, (error, stdout, stderr) => {
        const text = `${stdout}${stderr}`;
        if (error) reject(new Error(`${command} ${args.join(' ')} failed:\n${text}`));
        else resolve(text);
      });
    });
  const bin = (name: string, ...args: string[]) => run(join(directory, 'node_modules/.bin', name), ...args);
  const packages = [archive, 'vitest@^4', `typescript@${typescript}`, '@types/node@^20'];
  await run('npm', 'install', '--save-dev', '--prefer-offline', '--no-audit', '--no-fund', ...packages);
  const migrations = join(directory, 'migrations');
  return {
    directory,
    run,
    bin,
    migrate: (...args) => bin('migrate', ...args),
    async remove(name) {
      for (const file of await readdir(migrations)) {
        if (file.includes(`-${name}.`)) await rm(join(migrations, file));
      }
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}

const tsconfig = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  },
  include: ['*.ts', 'config', 'migrations'],
};
