import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../src/commands/report.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist/cli/main.js');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's project in a temporary folder, with this package installed; its commands run as real processes. */
export interface Project {
  readonly directory: string;
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  start(...args: string[]): ChildProcess;
  run(...args: string[]): Promise<CliResult>;
  /** With `--json`; the document that was printed. */
  json(...args: string[]): Promise<Report>;
  dispose(): Promise<void>;
}

export interface ProjectOptions {
  /** Path to text. */
  readonly files?: Readonly<Record<string, string>>;
  /** An environment `local` at this endpoint; without it the embedded engine. */
  readonly endpoint?: string;
  /** More keys of the environment, as source text. */
  readonly environment?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Begin without what was made of the files of other projects. Default: share it. */
  readonly ownCache?: boolean;
}

export async function createProject(options: ProjectOptions = {}): Promise<Project> {
  const { files = {}, endpoint, environment = '', env = {}, ownCache = false } = options;
  const directory = await mkdtemp(join(tmpdir(), 'dynamigrate-'));
  const write = async (path: string, text: string) => {
    const full = join(directory, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
  };
  const where = endpoint === undefined ? `engine: 'dynalite', path: '.dynalite'` : `endpoint: '${endpoint}'`;
  await write('package.json', '{ "type": "module" }');
  await write('migrate.config.mjs', `export default { environments: { local: { ${where}, ${environment} } } };\n`);
  await mkdir(join(directory, 'migrations'));
  await mkdir(join(directory, 'node_modules/@aws-sdk'), { recursive: true });
  await symlink(root, join(directory, 'node_modules/dynamigrate'));
  for (const name of ['client-dynamodb', 'lib-dynamodb']) {
    await symlink(join(root, 'node_modules/@aws-sdk', name), join(directory, 'node_modules/@aws-sdk', name));
  }
  if (!ownCache) {
    const shared = join(root, 'node_modules/.cache/dynamigrate-tests');
    await mkdir(shared, { recursive: true });
    await mkdir(join(directory, 'node_modules/.cache/dynamigrate'), { recursive: true });
    await symlink(shared, join(directory, 'node_modules/.cache/dynamigrate/made'));
  }
  for (const [path, text] of Object.entries(files)) await write(path, text);

  const start = (...args: string[]) =>
    spawn(process.execPath, [cli, ...args], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: directory, ...env },
    });
  const run = (...args: string[]) => finished(start(...args));
  return {
    directory,
    write,
    remove: (path) => rm(join(directory, path)),
    start,
    run,
    async json(...args) {
      const { stdout, stderr } = await run(...args, '--json');
      try {
        return JSON.parse(stdout) as Report;
      } catch {
        throw new Error(`stdout is not one JSON document:\n${stdout}\n${stderr}`);
      }
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Everything a process printed, once it has ended. */
export async function finished(child: ChildProcess): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}
