import { createInterface } from 'node:readline/promises';
import { MigrateError } from '../errors.js';

/** Asks a yes-or-no question on the terminal; anything but `y` or `yes`, the end of input too, is a no. */
export async function askFor(
  question: string,
  { stdin, stderr }: Pick<NodeJS.Process, 'stdin' | 'stderr'>,
): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  const ended = new AbortController();
  let interrupted = false;
  lines.once('SIGINT', () => {
    interrupted = true;
    ended.abort();
  });
  lines.once('close', () => ended.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: ended.signal });
    return /^y(?:es)?$/i.test(answer.trim());
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    if (interrupted) throw new MigrateError('INTERRUPTED', 'stopped before anything was done', { cause: error });
    return false;
  } finally {
    lines.close();
  }
}
