import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { canonicalText } from './canonical-text.js';

/**
 * `s1:` and 32 hex digits for what the file at `path` means, its relative imports included.
 *
 * Line ends, comments, formatting, types, the names and extensions of imported files, and whether the file is
 * TypeScript or compiled from it, do not change the sum; any change of an operator, literal, identifier or order does.
 */
export async function checksumOf(path: string): Promise<string> {
  const files = [path];
  const hash = createHash('sha256');
  // An import is written as the number of the file it leads to, so each file is in the sum once, cycles too.
  const numberOf = (file: string): number => (files.includes(file) ? files.indexOf(file) : files.push(file) - 1);
  for (const file of files) {
    hash.update(`${canonicalText(file, await readFile(file, 'utf8'), numberOf)}\n`);
  }
  return `s1:${hash.digest('hex').slice(0, 32)}`;
}
