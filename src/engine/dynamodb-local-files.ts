import { exec, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isMigrateError, MigrateError, messageOf } from '../errors.js';

// The npm package that carries Amazon's DynamoDB Local. Its licence is for development and test, and forbids to
// pass it on, so it is fetched and never shipped.
const source = {
  spec: 'amplify-dynamodb-simulator@2.9.30',
  file: 'amplify-dynamodb-simulator-2.9.30.tgz',
  sha512: 'xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==',
};

export interface DynamoDbLocalFilesOptions {
  /** Where fetched files stay. Default: `~/.cache/dynamigrate`. */
  readonly cacheDirectory?: string | undefined;
  /** Ends a download; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called before a download, to see that it will be of use; what it throws ends it. */
  readonly beforeFetch?: (() => Promise<void>) | undefined;
  /** Called once, before a download. */
  readonly onFetch?: ((message: string) => void) | undefined;
  /** Puts the package's archive, named as npm names it, into a folder. Default: `npm pack`. */
  readonly pack?: ((directory: string, signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
}

/**
 * The folder with `DynamoDBLocal.jar`, fetched from the npm registry (57 MB) on its first use.
 *
 * @throws MigrateError ENGINE_FAILED where it cannot be fetched, or is not the archive it was.
 */
export async function dynamoDbLocalFiles(options: DynamoDbLocalFilesOptions = {}): Promise<string> {
  const { cacheDirectory = join(homedir(), '.cache', 'dynamigrate'), signal, onFetch } = options;
  const folder = join(cacheDirectory, 'dynamodb-local-2.9.30');
  const files = join(folder, 'package', 'emulator');
  if (existsSync(folder)) return files;
  await options.beforeFetch?.();
  onFetch?.(`fetching DynamoDB Local (57 MB, once) into ${cacheDirectory}`);
  try {
    await fetchInto(folder, cacheDirectory, options);
  } catch (error) {
    signal?.throwIfAborted();
    if (isMigrateError(error)) throw error;
    throw cannotFetch(error, cacheDirectory);
  }
  return files;
}

async function fetchInto(
  folder: string,
  cacheDirectory: string,
  { signal, pack = npmPack }: DynamoDbLocalFilesOptions,
): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true });
  const work = await mkdtemp(join(cacheDirectory, 'fetch-'));
  try {
    await pack(work, signal);
    const archive = join(work, source.file);
    const found = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64');
    if (found !== source.sha512) throw changed(found);
    await promisify(execFile)('tar', ['xzf', source.file], { cwd: work, ...(signal && { signal }) });
    await rm(archive);
    // Several processes may fetch at once: whoever is second finds it in place.
    await rename(work, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** In the working directory, so that npm's settings of the project (registry, proxy) apply too. */
async function npmPack(directory: string, signal: AbortSignal | undefined): Promise<void> {
  const options = { ...(signal && { signal }) };
  const words = ['pack', source.spec, '--ignore-scripts', '--loglevel=error', '--pack-destination'];
  // On Windows npm is a batch file, which runs in a shell only; a path there can have no quotes.
  if (process.platform === 'win32') await promisify(exec)(`npm ${words.join(' ')} "${directory}"`, options);
  else await promisify(execFile)('npm', [...words, directory], options);
}

function changed(found: string): MigrateError {
  return new MigrateError('ENGINE_FAILED', `\`${source.spec}\` is not what it was: found sha512-${found}`, {
    fix: "look at npm's `registry` setting: the archive that it serves is another one; or use `engine: 'dynalite'`, which has no streams",
  });
}

function cannotFetch(error: unknown, cacheDirectory: string): MigrateError {
  const { code, syscall, stderr } = error as { code?: unknown; syscall?: unknown; stderr?: unknown };
  const why = typeof stderr === 'string' && stderr.trim() !== '' ? stderr.trim() : messageOf(error);
  const isMissing = code === 'ENOENT' && String(syscall).startsWith('spawn');
  return new MigrateError('ENGINE_FAILED', `DynamoDB Local could not be fetched by \`npm pack\`: ${why}`, {
    fix: isMissing
      ? 'install npm and tar, which fetch it once'
      : `try again with a network (npm's own \`registry\` and \`proxy\` settings apply) and a writable \`${cacheDirectory}\`; or use \`engine: 'dynalite'\`, which has no streams`,
    cause: error,
  });
}
