import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folders = new Map<string, string | undefined>();

/**
 * Where the project of the file at `path` keeps what was made of its files: below the nearest `node_modules`, in the
 * folder that tools share for this. `undefined` without one; a shared temporary folder would let others write there.
 */
export function cacheFolder(path: string): string | undefined {
  return folderFrom(dirname(path));
}

function folderFrom(directory: string): string | undefined {
  if (folders.has(directory)) return folders.get(directory);
  const modules = join(directory, 'node_modules');
  const parent = dirname(directory);
  let folder: string | undefined;
  if (isFolder(modules)) folder = join(modules, '.cache', 'dynamigrate', 'made');
  else if (parent !== directory) folder = folderFrom(parent);
  folders.set(directory, folder);
  return folder;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
