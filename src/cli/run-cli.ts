import { Console } from 'node:console';
import yargs, { type Argv } from 'yargs';
import { atLeast } from '../commands/check-number.js';
import type { CommandOptions } from '../commands/options.js';
import type { Outcome } from '../commands/run-command.js';
import { MigrateError } from '../errors.js';
import { toolVersion } from '../version.js';
import { askFor } from './ask.js';
import { type GlobalArguments, globalOptions, optionsFromEnv } from './global-options.js';
import { keepHeapSmall } from './keep-heap-small.js';
import { printOutcome } from './print-outcome.js';
import { createProgressView } from './progress-view.js';
import { stopSignal } from './stop-signal.js';
import { createTerminal } from './terminal.js';
import { usageError } from './usage-error.js';
import type { Verb } from './verb.js';
import { verbs } from './verbs/index.js';

/** Parses arguments, runs the command, prints its outcome; answers the exit code. */
export async function runCli(typed: readonly string[], process: NodeJS.Process): Promise<number> {
  let exitCode = 0;
  const argv = typed[0] === 'help' && typed.length > 1 ? [...typed.slice(1), '--help'] : typed;
  const json =
    argv.some((argument) => /^--json(?:=true)?$/.test(argument)) || Boolean(optionsFromEnv(process.env).json);
  const plain = createTerminal(process, argv.includes('--no-color') ? false : undefined);

  const parser = yargs([...argv])
    .scriptName('migrate')
    // Its texts stand between ours, and what it finds wrong is told apart by them.
    .detectLocale(false)
    .usage('Versioned migrations for Amazon DynamoDB.\n\n$0 <command> [options]')
    .options(globalOptions)
    .config(optionsFromEnv(process.env))
    .group(Object.keys(globalOptions), 'Everywhere:')
    .group(['help', 'version'], 'Everywhere:')
    .strict()
    .recommendCommands()
    .demandCommand(1, '')
    .version(toolVersion)
    .alias('help', 'h')
    .wrap(Math.min(plain.width, 110))
    .epilogue(
      'Exit codes: 0 done, 1 failed, 2 pending, 3 locked, 4 invalid, 5 drift, 6 mismatches, 7 unfinished, 8 refused, 64 usage, 130 or 143 stopped by a signal.',
    )
    .parserConfiguration({ 'parse-positional-numbers': false })
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? usageError(message, argv);
    });
  const add = (to: Argv, verb: Verb, command: string) =>
    // Named by the verb, the group of its own flags comes before those that all have.
    to.command(
      command,
      verb.describe,
      (yargs) => verb.builder(yargs).group([], 'Options:'),
      async (args) => {
        exitCode = await runVerb(verb, lastOfEach(args as Record<string, unknown>), process);
      },
    );
  for (const verb of verbs) if (groupOf(verb) === undefined) add(parser, verb, verb.command);
  for (const [group, description] of Object.entries(groups)) {
    parser.command(group, description, (yargs) => {
      for (const verb of verbs) if (groupOf(verb) === group) add(yargs, verb, verb.command.slice(group.length + 1));
      return yargs.demandCommand(1, '');
    });
  }

  try {
    if (argv.length === 0) {
      plain.err(await parser.getHelp());
      return 64;
    }
    await parser.parseAsync();
  } catch (thrown) {
    const failure =
      thrown instanceof MigrateError ? thrown : usageError(thrown instanceof Error ? thrown.message : '', argv);
    const { reportOf } = await import('../commands/run-command.js');
    const outcome = { failure, report: reportOf(argv[0] ?? '', undefined, {}, failure) };
    await printOutcome(outcome, { json, quiet: false, verbose: false }, plain);
    return failure.exitCode;
  }
  return exitCode;
}

/** What commands of two words have in common. */
const groups: Readonly<Record<string, string>> = { sync: 'the live sync of a move: run, generate, deploy, remove' };

/** The first of two words: `sync run <id>` is in `sync`. */
function groupOf({ command }: Verb): string | undefined {
  return /^(\w+) \w+/.exec(command)?.[1];
}

async function runVerb(
  verb: Verb,
  args: Record<string, unknown> & GlobalArguments,
  process: NodeJS.Process,
): Promise<number> {
  const { json = false, quiet = false, verbose = false } = args;
  // What a migration logs must not get into the document.
  if (json) globalThis.console = new Console(process.stderr);
  const terminal = createTerminal(process, args.color);
  const view = createProgressView(terminal, { quiet });
  const stop = stopSignal(process, (text) => view.note(text));
  const options: CommandOptions = {
    cwd: process.cwd(),
    processEnv: process.env,
    env: args.env,
    config: args.config,
    endpoint: args.endpoint,
    region: args.region,
    profile: args.profile,
    lockTimeout: args.lockTimeout === undefined ? undefined : atLeast('--lock-timeout', args.lockTimeout, 0),
    yes: args.yes,
    signal: stop.signal,
    onEvent: keepHeapSmall(view.onEvent),
    ...(terminal.interactive && !json && { confirm: (question) => askFor(question, process) }),
  };
  let outcome: Outcome;
  try {
    outcome = await verb.run(args, options, { terminal, json });
  } finally {
    view.close();
    stop.dispose();
  }
  await printOutcome(outcome, { json, quiet, verbose }, terminal, (shown) => verb.print?.(outcome, args, shown), verb);
  return outcome.report.exitCode;
}

/** Of a flag that is given twice the last one counts. The tables of `count` are the one list there is. */
function lastOfEach(args: Readonly<Record<string, unknown>>): Record<string, unknown> & GlobalArguments {
  const entries = Object.entries(args).map(([name, value]) => [
    name,
    Array.isArray(value) && name !== 'tables' && name !== '_' ? value.at(-1) : value,
  ]);
  return Object.fromEntries(entries);
}
