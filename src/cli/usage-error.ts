import yargs from 'yargs';
import { didYouMean, nearest } from '../config/nearest.js';
import { MigrateError } from '../errors.js';
import { globalOptions } from './global-options.js';
import type { Verb } from './verb.js';
import { verbs } from './verbs/index.js';

/** What other tools call it. */
const otherNames = new Map([
  ...['rollback', 'undo', 'revert'].map((name) => [name, 'down'] as const),
  ...['migrate', 'apply', 'latest', 'run'].map((name) => [name, 'up'] as const),
  ...['new', 'make', 'generate', 'add'].map((name) => [name, 'create'] as const),
  ...['list', 'info', 'history'].map((name) => [name, 'status'] as const),
  ...['lint', 'validate'].map((name) => [name, 'check'] as const),
]);

/** What yargs found wrong with the arguments, in our words, with what was probably meant. */
export function usageError(found: string | null, argv: readonly string[]): MigrateError {
  const message = found ?? '';
  const [command = '', second] = argv.filter((argument) => !argument.startsWith('-'));
  const verb = verbs.find((one) => one.command.split(' ')[0] === command);
  const usage = (text: string, fix = verb ? `migrate ${command} --help` : 'migrate --help') =>
    new MigrateError('USAGE', text, { fix });

  const [, meant] = /^Did you mean (.+)\?$/.exec(message) ?? [];
  if (!verb && command !== '' && (meant !== undefined || /^(?:Unknown (?:argument|command)|$)/.test(message))) {
    return usage(`there is no command \`${command}\`${didYouMean(otherNames.get(command) ?? meant)}`);
  }
  // Of a command of two words.
  if (verb && meant !== undefined)
    return usage(`there is no command \`${command} ${second}\`${didYouMean(`${command} ${meant}`)}`);
  if (verb && /^Not enough non-option arguments/.test(message)) {
    return usage(`\`migrate ${verb.command}\` is missing an argument`);
  }
  const [, unknown] = /^Unknown arguments?: ([^,]+)/.exec(message) ?? [];
  if (unknown !== undefined) {
    const isTarget = verb && ['up', 'plan'].includes(verb.command) && unknown === second;
    return usage(unknownArgument(unknown, argv, verb), isTarget ? `migrate ${command} --to ${unknown}` : undefined);
  }
  const [, valueless] = /^Not enough arguments following: (.+)$/.exec(message) ?? [];
  if (valueless !== undefined) return usage(`\`--${valueless}\` needs a value`);
  const [, argument, given, choices] = /Argument: (.+), Given: (.+), Choices: (.+)/.exec(message) ?? [];
  const name = verb?.command.includes(`<${argument}>`) ? `<${argument}>` : `--${argument}`;
  if (argument !== undefined) return usage(`\`${name}\` cannot be ${given}; it is one of ${choices}`);
  const text = message.trim().split('\n').at(-1) ?? '';
  return usage(text === '' ? 'a command is missing' : text.charAt(0).toLowerCase() + text.slice(1));
}

function unknownArgument(name: string, argv: readonly string[], verb: Verb | undefined): string {
  const isFlag = argv.some(
    (argument) => argument.startsWith('-') && argument.replace(/^--?(?:no-)?/, '').startsWith(name),
  );
  if (!isFlag) return `unexpected argument \`${name}\``;
  const meant = nearest(name, [...Object.keys(globalOptions), ...flagsOf(verb)]);
  // A letter is near to every short name, so a guess would be one.
  if (name.length === 1) return `unknown flag \`-${name}\``;
  return `unknown flag \`--${name}\`${didYouMean(meant && `--${meant}`)}`;
}

/** The flags that a verb declares, read from its builder. */
function flagsOf(verb: Verb | undefined): string[] {
  if (!verb) return [];
  const parser = yargs([]);
  verb.builder(parser);
  const { key } = (parser as unknown as { getOptions(): { key: Record<string, unknown> } }).getOptions();
  return Object.keys(key).filter((name) => name !== 'help' && name !== 'version');
}
