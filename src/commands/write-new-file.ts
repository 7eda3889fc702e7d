import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { MigrateError } from '../errors.js';

/**
 * Writes a file that is not there yet, and its folders.
 *
 * @returns its path relative to `cwd`.
 * @throws MigrateError `FILE_EXISTS`; a file of the user is never overwritten.
 */
export async function writeNewFile(path: string, text: string, cwd: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new MigrateError('FILE_EXISTS', `\`${relative(cwd, path)}\` is there already`, {
      fix: 'nothing was overwritten; move it away, or choose another name',
    });
  }
  return relative(cwd, path);
}
