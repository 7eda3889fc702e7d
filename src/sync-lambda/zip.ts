import { optionalPackage } from './optional-package.js';

/** A zip whose bytes depend on the files alone: one date for all, the order of their names. */
export async function zipFiles(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const { strToU8, zipSync } = await optionalPackage('fflate', () => import('fflate'));
  const entries = Object.keys(files).sort();
  // The first day that a zip can hold; at noon, so that no time zone makes another day of it.
  const mtime = new Date(1980, 0, 2, 12);
  return zipSync(Object.fromEntries(entries.map((name) => [name, strToU8(files[name] ?? '')])), { level: 9, mtime });
}
