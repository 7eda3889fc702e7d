import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Terminal {
  /** The result, on stdout. */
  readonly out: (text: string) => void;
  /** Everything else, on stderr. */
  readonly err: (text: string) => void;
  readonly style: (style: Style, text: string) => string;
  readonly width: number;
  /** The width of a terminal on stdout; `undefined` where that is a file or another program. */
  readonly columns: number | undefined;
  /** Progress can be redrawn, and questions asked. */
  readonly interactive: boolean;
  readonly stderr: NodeJS.WriteStream;
  /** Text with its `migrate …` commands as they have to be typed here: a local install is reached by `npx`. */
  readonly typed: (command: string) => string;
}

export function createTerminal(
  { stdout, stderr, stdin, env }: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'stdin' | 'env'>,
  color: boolean | undefined,
): Terminal {
  const colored = color ?? ((stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb') || Boolean(env.FORCE_COLOR));
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    style: (style, text) => (colored ? styleText(style, text) : text),
    width: stdout.columns || 120,
    columns: stdout.columns || undefined,
    interactive: Boolean(stderr.isTTY && stdin.isTTY && env.TERM !== 'dumb'),
    stderr,
    typed: (text) => (env.npm_command === 'exec' ? text.replace(/(^|`)migrate /g, '$1npx migrate ') : text),
  };
}
