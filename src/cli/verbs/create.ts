import { templateNames } from '../../commands/templates/template-names.js';
import { defineVerb } from '../verb.js';
import { printFiles } from './print-files.js';

interface CreateArguments {
  readonly name: string;
  readonly template?: string;
  readonly sample?: string;
  readonly test?: boolean;
}

export const createVerb = defineVerb<CreateArguments>({
  command: 'create <name>',
  describe: 'write the next migration file, and its test',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', describe: 'what it does: rename-prefs' })
      .option('template', {
        type: 'string',
        choices: templateNames,
        default: 'rename',
        describe: 'what to begin with',
      })
      .option('sample', {
        type: 'string',
        describe: 'a table to take attributes and types from (reads one page)',
        requiresArg: true,
      })
      .option('test', { type: 'boolean', default: true, describe: 'write its test too; --no-test leaves it out' }),
  run: async ({ name, template, sample, test }, options) =>
    (await import('../../commands/create.js')).runCreate({ ...options, name, template, sample, test }),
  print: printFiles,
});
