import { defineVerb } from '../verb.js';

export const checkVerb = defineVerb<{ strict?: boolean; write?: boolean; skipTypes?: boolean }>({
  command: 'check',
  describe: 'check the migration files: types, order, known mistakes; no database',
  builder: (yargs) =>
    yargs
      .option('strict', { type: 'boolean', describe: 'warnings count as errors' })
      .option('write', { type: 'boolean', describe: 'write the order file as it has to be' })
      .option('skip-types', { type: 'boolean', describe: 'leave the compiler out' }),
  run: async ({ strict, write, skipTypes }, options) =>
    (await import('../../commands/check.js')).runCheck({ ...options, strict, write, skipTypes }),
  print: async ({ report }, _args, terminal) => {
    if (report.check) terminal.out((await import('../findings-view.js')).findingsView(report.check, terminal));
  },
});
