import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { toolVersion } from '../version.js';

const require = createRequire(import.meta.url);

/** The code that makes what is kept in the cache. */
export interface Maker {
  /** Its own files. */
  readonly files: readonly URL[];
  /** The packages that it uses. */
  readonly packages: readonly string[];
}

const identities = new WeakMap<Maker, string | undefined>();

/**
 * A text that changes whenever the maker might make something else: with this package's version, with the versions of
 * the packages it uses, with Node, and with its own code, which also changes without a new version while somebody works on
 * it. Loads none of these packages. `undefined` if that cannot be found out.
 */
export function makerIdentity(maker: Maker): string | undefined {
  if (!identities.has(maker)) identities.set(maker, identityOf(maker));
  return identities.get(maker);
}

export function identityOf({ files, packages }: Maker, version = toolVersion): string | undefined {
  try {
    const hash = createHash('sha256').update(JSON.stringify([version, process.version]));
    for (const name of packages) {
      const text = readFileSync(require.resolve(`${name}/package.json`), 'utf8');
      hash.update(JSON.stringify([name, (JSON.parse(text) as { version: string }).version]));
    }
    for (const file of files) hash.update(JSON.stringify(readFileSync(file, 'utf8')));
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}
