import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A line of the order file: a migration, and the checksum that it had when the line was written. */
export interface OrderLine {
  readonly id: string;
  readonly checksum: string;
}

export interface OrderFile {
  readonly path: string;
  /** In the order in which they were added; `undefined` if there is no file. */
  readonly lines: readonly OrderLine[] | undefined;
  /** The numbers of lines that are none, from 1. */
  readonly unreadable: readonly number[];
}

const heading = `# The migrations in the order in which they were added, kept by \`migrate create\` and \`migrate check --write\`.
# A conflict here means that two branches added a migration: give yours the next free number.
`;

/** Beside the migrations. Its name begins with a dot, so no migration can have it. */
export function orderPath(directory: string): string {
  return join(directory, '.order');
}

export async function readOrder(directory: string): Promise<OrderFile> {
  const path = orderPath(directory);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { path, lines: undefined, unreadable: [] };
  }
  return { path, ...parseOrder(text) };
}

export function parseOrder(text: string): { readonly lines: OrderLine[]; readonly unreadable: number[] } {
  const lines: OrderLine[] = [];
  const unreadable: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const { id, checksum } = /^(?<id>\d+[-_][A-Za-z0-9._-]+) (?<checksum>\S+)\s*$/.exec(line)?.groups ?? {};
    if (id !== undefined && checksum !== undefined) lines.push({ id, checksum });
    else unreadable.push(index + 1);
  }
  return { lines, unreadable };
}

export async function writeOrder(directory: string, lines: readonly OrderLine[]): Promise<void> {
  await writeFile(orderPath(directory), heading + lines.map(({ id, checksum }) => `${id} ${checksum}\n`).join(''));
}

/**
 * The lines for these files, which are in the order of their numbers: those that are there stay where they are, with
 * the checksum of now; new ones come last. So a migration that slipped in below a higher number stays visible.
 */
export function nextOrder(lines: readonly OrderLine[] | undefined, files: readonly OrderLine[]): OrderLine[] {
  const fileOf = new Map(files.map((file) => [file.id, file]));
  const kept = new Map((lines ?? []).map(({ id }) => [id, fileOf.get(id)]));
  return [
    ...[...kept.values()].filter((file) => file !== undefined),
    ...files.filter(({ id }) => !kept.has(id)).map(({ id, checksum }) => ({ id, checksum })),
  ].map(({ id, checksum }) => ({ id, checksum }));
}
