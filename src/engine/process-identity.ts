import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** One process, told from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Host and pid namespace: a pid means nothing elsewhere. */
  readonly place: string;
  /** In the clock ticks of Linux since boot; absent where the system has no `/proc`. */
  readonly started?: string | undefined;
}

/** The identity of a process that runs now. */
export function identify(pid: number): ProcessIdentity {
  return { pid, place: here(), started: readStat(pid)?.started };
}

/** Whether it still runs, as far as this machine can tell. False for a process elsewhere. */
export function isAlive({ pid, place, started }: ProcessIdentity): boolean {
  if (!isHere(place)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = readStat(pid);
  if (!stat) return true;
  // A dead process that nobody waited for keeps its entry.
  return !/[ZX]/.test(stat.state) && (started === undefined || stat.started === started);
}

/** Whether `place` is this host and pid namespace. */
export function isHere(place: string): boolean {
  return place === here();
}

/** Whether `value`, read from a file, is an identity. */
export function isIdentity(value: unknown): value is ProcessIdentity {
  const { pid, place, started } = (value ?? {}) as Record<string, unknown>;
  const isStarted = started === undefined || typeof started === 'string';
  // 0 and negative numbers mean groups of processes.
  return Number.isInteger(pid) && (pid as number) > 0 && typeof place === 'string' && isStarted;
}

function here(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function readStat(pid: number): { readonly state: string; readonly started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, with whatever it contains. The state is the third, the
    // start time the 22nd.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return state !== undefined && started !== undefined ? { state, started } : undefined;
  } catch {
    return undefined;
  }
}
