import { checksumOf } from '../migrator/checksum.js';
import { listMigrationFiles } from '../migrator/migration-files.js';
import { nextOrder, type OrderLine, readOrder, writeOrder } from './order-file.js';

/**
 * Writes lines for migrations that the order file does not have yet; the others stay as they are, also where their file
 * has changed, which is for `check` to tell. A file that has marks of a merge conflict is left alone.
 *
 * @returns the path of the order file where it was written.
 */
export async function addToOrder(directory: string): Promise<string | undefined> {
  const { path: orderFile, lines, unreadable } = await readOrder(directory);
  if (unreadable.length > 0) return undefined;
  const { files } = await listMigrationFiles(directory);
  const known = new Map((lines ?? []).map((line) => [line.id, line]));
  const all: OrderLine[] = [];
  for (const { id, path } of files) {
    const line = known.get(id) ?? { id, checksum: await checksumOf(path) };
    all.push(line);
  }
  const gone = (lines ?? []).filter(({ id }) => !all.some((line) => line.id === id));
  await writeOrder(directory, nextOrder(lines, [...all, ...gone]));
  return orderFile;
}
