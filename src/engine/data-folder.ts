import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Who has a data folder open. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface DataFolder {
  /** Where LevelDB keeps its files. */
  readonly dataPath: string;
  /** Whether no process has the database open at this moment. */
  isFree(): Promise<boolean>;
  /** Who says to have it open. Only true while it is not free: a killed process leaves its file behind. */
  holder(): Promise<Holder | undefined>;
  /** Writes down that this process has it open. */
  claim(): Promise<void>;
  release(): Promise<void>;
}

/** The parts of dynalite's own `level`, which is asked because it knows its lock best. */
interface LevelModule {
  readonly Level: new (path: string) => { open(): Promise<void>; close(): Promise<void> };
}

const require = createRequire(import.meta.url);

/** Creates the folder if it is missing, hidden from git. */
export async function openDataFolder(path: string, command: string): Promise<DataFolder> {
  const dataPath = join(path, 'data');
  const holderPath = join(path, 'holder.json');
  await mkdir(dataPath, { recursive: true });
  await writeFile(join(path, '.gitignore'), '*\n');
  return {
    dataPath,
    isFree: () => isFree(dataPath),
    holder: async () => parseHolder(await readFile(holderPath, 'utf8').catch(() => '')),
    claim: async () => {
      const holder: Holder = { pid: process.pid, host: hostname(), command, since: new Date().toISOString() };
      await writeFile(holderPath, JSON.stringify(holder));
    },
    release: () => rm(holderPath, { force: true }),
  };
}

async function isFree(dataPath: string): Promise<boolean> {
  const { Level } = createRequire(require.resolve('dynalite'))('level') as LevelModule;
  const database = new Level(dataPath);
  try {
    await database.open();
  } catch (error) {
    if (isLocked(error)) return false;
    throw error instanceof Error && error.cause ? error.cause : error;
  }
  await database.close();
  return true;
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && ((error as { code?: unknown }).code === 'LEVEL_LOCKED' || isLocked(error.cause));
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host, command, since } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof host !== 'string') return undefined;
    return { pid, host, command: String(command), since: String(since) };
  } catch {
    return undefined;
  }
}
