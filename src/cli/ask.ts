import { createInterface } from 'node:readline/promises';

/** Asks a yes-or-no question on the terminal; anything but `y` or `yes` is a no. */
export async function askFor(
  question: string,
  { stdin, stderr }: Pick<NodeJS.Process, 'stdin' | 'stderr'>,
): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
