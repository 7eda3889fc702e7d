import { createHash } from 'node:crypto';
import { readEntry, writeEntry } from './cache-entry.js';
import { cacheFolder } from './cache-folder.js';
import { type Maker, makerIdentity } from './maker-identity.js';

export interface CachedOptions {
  /** The file that the result is about: it is kept with the project of this file. */
  readonly path: string;
  /** The code that makes the result; another version of it makes another result. */
  readonly maker: Maker;
  /** Everything else that the result depends on. */
  readonly inputs: readonly string[];
  /** Makes the result where it is not known yet. What it throws is thrown, and not kept. */
  readonly make: () => string;
}

/**
 * What `make` gives for these inputs, from below `node_modules/.cache/` of the project if it was made before.
 *
 * A cache only: without `node_modules`, on a read-only disk, or where an entry is damaged, it is made again, silently.
 */
export function cached({ path, maker, inputs, make }: CachedOptions): string {
  const folder = cacheFolder(path);
  const identity = folder === undefined ? undefined : makerIdentity(maker);
  if (folder === undefined || identity === undefined) return make();
  // JSON keeps the inputs apart: `ab`, `c` is not `a`, `bc`.
  const key = createHash('sha256')
    .update(JSON.stringify([identity, ...inputs]))
    .digest('hex');
  const known = readEntry(folder, key);
  if (known !== undefined) return known;
  const made = make();
  writeEntry(folder, key, made);
  return made;
}
