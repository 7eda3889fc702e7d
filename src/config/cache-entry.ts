import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pruneCache } from './prune-cache.js';

const DAY_MS = 86_400_000;

/**
 * The text that was written under `key`; `undefined` if there is none, or not as it was written.
 *
 * An entry carries its key and the hash of its text, so neither a truncated file nor one under a wrong name is taken.
 * It is code that will run: an entry counts only if it belongs to whoever runs this, and nobody else may write it.
 */
export function readEntry(folder: string, key: string, now = Date.now()): string | undefined {
  const path = join(folder, key);
  try {
    const file = openSync(path, 'r');
    try {
      const { uid, mode, mtimeMs } = fstatSync(file);
      if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) return undefined;
      const content = readFileSync(file, 'utf8');
      const end = content.indexOf('\n');
      const text = content.slice(end + 1);
      if (end < 0 || content.slice(0, end) !== headerOf(key, text)) return undefined;
      // Entries are removed by how long they were not used.
      if (now - mtimeMs > DAY_MS) touch(file, now);
      return text;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Keeps `text` under `key`, whole or not at all, whoever else writes it at this moment. Fails silently. */
export function writeEntry(folder: string, key: string, text: string, now = Date.now()): void {
  const temporary = join(folder, `${key}.${randomUUID()}`);
  try {
    mkdirSync(folder, { recursive: true });
    try {
      // For nobody else to read: there may be secrets in a config.
      writeFileSync(temporary, `${headerOf(key, text)}\n${text}`, { flag: 'wx', mode: 0o600 });
      renameSync(temporary, join(folder, key));
    } catch {
      rmSync(temporary, { force: true });
    }
    pruneCache(folder, now);
  } catch {
    // A disk that is full or read-only: the command goes on without.
  }
}

function headerOf(key: string, text: string): string {
  return `${key} ${createHash('sha256').update(text).digest('hex')}`;
}

function touch(file: number, now: number): void {
  try {
    futimesSync(file, now / 1_000, now / 1_000);
  } catch {
    // Read-only: nothing is removed from there either.
  }
}
