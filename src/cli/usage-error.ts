import yargs from 'yargs';
import { nearest } from '../config/nearest.js';
import { MigrateError } from '../errors.js';
import { globalOptions } from './global-options.js';
import type { Verb } from './verb.js';
import { verbs } from './verbs/index.js';

/** What yargs found wrong with the arguments, in our words, with what was probably meant. */
export function usageError(found: string | null, argv: readonly string[]): MigrateError {
  const message = found ?? '';
  const command = argv.find((argument) => !argument.startsWith('-')) ?? '';
  const verb = verbs.find((one) => one.command.split(' ')[0] === command);
  const usage = (text: string, fix = verb ? `migrate ${command} --help` : 'migrate --help') =>
    new MigrateError('USAGE', text, { fix });

  const [, meant] = /^Did you mean (.+)\?$/.exec(message) ?? [];
  if (!verb && command !== '' && (meant !== undefined || /^(?:Unknown (?:argument|command)|$)/.test(message))) {
    return usage(`there is no command \`${command}\`${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`);
  }
  if (verb && /^Not enough non-option arguments/.test(message)) {
    return usage(`\`migrate ${verb.command}\` is missing an argument`);
  }
  const [, unknown] = /^Unknown arguments?: ([^,]+)/.exec(message) ?? [];
  if (unknown !== undefined) return usage(unknownArgument(unknown, argv, verb));
  const [, argument, given, choices] = /Argument: (.+), Given: (.+), Choices: (.+)/.exec(message) ?? [];
  if (argument !== undefined) return usage(`\`--${argument}\` cannot be ${given}; it is one of ${choices}`);
  const text = message.trim().split('\n').at(-1) ?? '';
  return usage(text === '' ? 'a command is missing' : text.charAt(0).toLowerCase() + text.slice(1));
}

function unknownArgument(name: string, argv: readonly string[], verb: Verb | undefined): string {
  const isFlag = argv.some(
    (argument) => argument.startsWith('-') && argument.replace(/^--?(?:no-)?/, '').startsWith(name),
  );
  if (!isFlag) return `unexpected argument \`${name}\``;
  const meant = nearest(name, [...Object.keys(globalOptions), ...flagsOf(verb)]);
  return `unknown flag \`--${name}\`${meant === undefined ? '' : `; did you mean \`--${meant}\`?`}`;
}

/** The flags that a verb declares, read from its builder. */
function flagsOf(verb: Verb | undefined): string[] {
  if (!verb) return [];
  const parser = yargs([]);
  verb.builder(parser);
  const { key } = (parser as unknown as { getOptions(): { key: Record<string, unknown> } }).getOptions();
  return Object.keys(key).filter((name) => name !== 'help' && name !== 'version');
}
