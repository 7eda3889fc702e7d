import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isAlive, isIdentity, type ProcessIdentity } from './process-identity.js';

/** The server of a folder, as `server.json` has it. */
export interface ServerEntry {
  readonly port: number;
  readonly java: ProcessIdentity;
  readonly watchdog: ProcessIdentity;
  /** False while Java starts. */
  readonly ready: boolean;
}

/** The folder of a server that several processes share: its data, who uses it, and where it is. */
export interface ServerFolder {
  readonly dataPath: string;
  readonly lockPath: string;
  /** Says that this process uses the server; the result takes that back. */
  join(): Promise<() => Promise<void>>;
  /** Whether a process that lives uses the server. Drops those that were killed. */
  isUsed(): Promise<boolean>;
  /** What was last written; its processes may be dead. */
  server(): Promise<ServerEntry | undefined>;
  /** The port of the last server, for the next one: an application that was told of it finds that too. */
  lastPort(): Promise<number | undefined>;
  writeServer(entry: ServerEntry): Promise<void>;
  removeServer(): Promise<void>;
}

/** Creates the folder if it is missing, hidden from git. */
export async function openServerFolder(path: string): Promise<ServerFolder> {
  const dataPath = join(path, 'data');
  const usersPath = join(path, 'users');
  const serverPath = join(path, 'server.json');
  const portPath = join(path, 'port.json');
  await mkdir(dataPath, { recursive: true });
  await mkdir(usersPath, { recursive: true });
  await writeFile(join(path, '.gitignore'), '*\n');
  return {
    dataPath,
    lockPath: join(path, 'lock'),
    async join() {
      // One process can use it more than once.
      const file = join(usersPath, `${process.pid}-${randomUUID()}`);
      await writeWhole(file, identify(process.pid));
      return () => rm(file, { force: true });
    },
    isUsed: () => isUsed(usersPath),
    async server() {
      const value = (await readJson(serverPath)) as ServerEntry | undefined;
      const isEntry = Number.isInteger(value?.port) && isIdentity(value?.java) && isIdentity(value?.watchdog);
      return isEntry ? value : undefined;
    },
    async lastPort() {
      const port = Number(await readJson(portPath));
      return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
    },
    async writeServer(entry) {
      await writeWhole(portPath, entry.port);
      await writeWhole(serverPath, entry);
    },
    removeServer: () => rm(serverPath, { force: true }),
  };
}

async function isUsed(usersPath: string): Promise<boolean> {
  const names = await readdir(usersPath).catch(() => []);
  let used = false;
  for (const name of names) {
    const file = join(usersPath, name);
    const user = await readJson(file);
    if (isIdentity(user) && isAlive(user)) used = true;
    // A draft belongs to a process that is about to rename it.
    else if (!name.endsWith('.draft')) await rm(file, { force: true });
  }
  return used;
}

/** Readers see the old file or the new one, never a part. */
async function writeWhole(file: string, value: unknown): Promise<void> {
  const draft = `${file}-${randomUUID()}.draft`;
  await writeFile(draft, JSON.stringify(value));
  await rename(draft, file);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
