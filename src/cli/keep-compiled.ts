import { mkdirSync, statSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../config/cache-folder.js';

/** Newer than the types of Node 20. */
interface ModuleWithCache {
  readonly enableCompileCache?: (folder: string) => unknown;
}

/**
 * Has Node keep what it compiles from here on, from version 22.1, below `node_modules/.cache/` of the project: a command
 * then begins with the code of the one before it. Nowhere without such a folder, which nobody else may write to.
 */
export function keepCompiled(directory: string, module: ModuleWithCache = Module as ModuleWithCache): void {
  const folder = module.enableCompileCache && cacheFolder(join(directory, 'any'));
  if (folder === undefined) return;
  const compiled = join(folder, '../compiled');
  if (isOurs(compiled)) module.enableCompileCache?.(compiled);
}

function isOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    return !process.getuid || (uid === process.getuid() && (mode & 0o022) === 0);
  } catch {
    // A disk that is full or read-only: the command goes on without.
    return false;
  }
}
