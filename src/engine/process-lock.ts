import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, isHere, isIdentity, type ProcessIdentity } from './process-identity.js';

/** A lock that a process holds until it ends, however it ends. */
export interface ProcessLock {
  /** Shows other hosts that the holder lives. False once the lock is gone, with its folder or to another process. */
  touch(): Promise<boolean>;
}

interface Holder extends ProcessIdentity {
  /** Of this taking of the lock: in a folder that was made again, numbers begin again too. */
  readonly id?: string;
}

export interface TakeProcessLockOptions {
  /** How long the lock of a process on another host has to stand still to be free; it is touched each second. */
  readonly foreignMs?: number | undefined;
}

/**
 * Takes the lock of a folder for this process; `undefined` where another process holds it.
 *
 * Each holder has a file of its own, numbered upwards; the highest number holds the lock while its process lives. It is
 * freed by dying only, and never deleted but by its successor: two processes that find the same holder dead
 * try to create the same next file, and one of them can.
 */
export async function takeProcessLock(
  folder: string,
  { foreignMs = 5_000 }: TakeProcessLockOptions = {},
): Promise<ProcessLock | undefined> {
  await mkdir(folder, { recursive: true });
  for (;;) {
    const top = Math.max(0, ...(await numbers(folder)));
    if (top > 0 && (await isHeld(join(folder, `${top}`), foreignMs))) return undefined;
    const mine = join(folder, `${top + 1}`);
    const id = randomUUID();
    if (!(await create(mine, id))) continue;
    const others = (await numbers(folder)).filter((number) => number !== top + 1);
    // Our look was old: a successor has been there, and cleared the file that would have stopped us.
    if (others.some((number) => number > top)) {
      await rm(mine, { force: true });
      continue;
    }
    for (const number of others) await rm(join(folder, `${number}`), { force: true });
    return { touch: () => touch(mine, id) };
  }
}

/** Who holds the lock of a folder; may be of another host, and then dead. */
export async function lockHolder(folder: string): Promise<ProcessIdentity | undefined> {
  const top = Math.max(0, ...(await numbers(folder)));
  const holder = top > 0 ? await readHolder(join(folder, `${top}`)) : undefined;
  return holder && (!isHere(holder.place) || isAlive(holder)) ? holder : undefined;
}

async function isHeld(file: string, foreignMs: number): Promise<boolean> {
  const holder = await readHolder(file);
  if (!holder) return false;
  if (isHere(holder.place)) return isAlive(holder);
  const before = await modified(file);
  await delay(foreignMs);
  return (await modified(file)) !== before;
}

async function create(file: string, id: string): Promise<boolean> {
  // A link, because it comes into being with its content.
  const draft = `${file}-${id}`;
  await writeFile(draft, JSON.stringify({ ...identify(process.pid), id } satisfies Holder));
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

async function touch(file: string, id: string): Promise<boolean> {
  if ((await readHolder(file))?.id !== id) return false;
  const now = new Date();
  return utimes(file, now, now).then(
    () => true,
    () => false,
  );
}

async function numbers(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isIdentity(value) ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}

async function modified(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.mtimeMs;
}
