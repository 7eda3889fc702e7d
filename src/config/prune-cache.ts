import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const limits = { entries: 2_000, bytes: 32 * 1024 * 1024 };
const HOUR_MS = 3_600_000;
const pruned = new Set<string>();

/**
 * Removes what was not used for longest, down to the limits, and what writers that died left behind. Once a process: a
 * command writes few entries.
 */
export function pruneCache(folder: string, now: number): void {
  if (pruned.has(folder)) return;
  pruned.add(folder);
  pruneNow(folder, now);
}

export function pruneNow(folder: string, now: number, { entries, bytes } = limits): void {
  const files = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile()
      ? [{ path, size: found.size, usedAt: found.mtimeMs, whole: /^[0-9a-f]{64}$/.test(name) }]
      : [];
  });
  for (const { path } of files.filter(({ whole, usedAt }) => !whole && now - usedAt > HOUR_MS))
    rmSync(path, { force: true });
  let size = 0;
  const newestFirst = files.filter(({ whole }) => whole).sort((a, b) => b.usedAt - a.usedAt);
  for (const [index, file] of newestFirst.entries()) {
    size += file.size;
    if (index >= entries || size > bytes) rmSync(file.path, { force: true });
  }
}
