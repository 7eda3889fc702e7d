import type { Argv } from 'yargs';
import type { CommandOptions } from '../commands/options.js';
import type { Outcome } from '../commands/run-command.js';
import type { Terminal } from './terminal.js';

/** Where a command that shows something while it runs can do so. */
export interface Display {
  readonly terminal: Terminal;
  /** Stdout is for the document alone. */
  readonly json: boolean;
}

/**
 * One command as the command line knows it: its flags, the call that they become, and what a person gets to see of
 * the report. Arguments come as yargs parsed them.
 */
export interface Verb<Arguments = Record<string, unknown>> {
  /** As yargs wants it: `create <name>`. */
  readonly command: string;
  readonly describe: string;
  readonly builder: (yargs: Argv) => Argv;
  /** Imports what it needs when it is called: `--help` pays for nothing else. */
  readonly run: (args: Arguments, options: CommandOptions, display: Display) => Promise<Outcome>;
  /** Prints the report for people; by default the status table and what to type next. */
  readonly print?: (outcome: Outcome, args: Arguments, terminal: Terminal) => Promise<void> | void;
}

export function defineVerb<Arguments>(verb: Verb<Arguments>): Verb {
  return verb as unknown as Verb;
}
