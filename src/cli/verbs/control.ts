import type { Argv } from 'yargs';
import type { LimitConfig } from '../../config/define-config.js';
import { defineVerb, type Verb } from '../verb.js';

interface ThrottleArguments {
  readonly id: string;
  readonly read?: LimitConfig;
  readonly write?: LimitConfig;
  readonly off?: boolean;
  readonly reason?: string;
}

const idOf = (yargs: Argv) => yargs.positional('id', { type: 'string', describe: 'id of a migration' });

const reasonOf = (yargs: Argv) =>
  yargs.option('reason', { type: 'string', describe: 'why; shown, and kept in the history', requiresArg: true });

/** The commands that change a migration while it runs, from any machine. */
export const controlVerbs: readonly Verb[] = [
  defineVerb<{ id: string; reason?: string }>({
    command: 'pause <id>',
    describe: 'have a migration wait, wherever it runs; its live sync goes on',
    builder: (yargs) => reasonOf(idOf(yargs)),
    run: async ({ id, reason }, options) =>
      (await import('../../commands/pause.js')).runPause({ ...options, id, reason }),
  }),
  defineVerb<{ id: string }>({
    command: 'resume <id>',
    describe: 'let a paused migration go on',
    builder: idOf,
    run: async ({ id }, options) => (await import('../../commands/resume.js')).runResume({ ...options, id }),
  }),
  defineVerb<ThrottleArguments>({
    command: 'throttle <id>',
    describe: 'change what a migration may use of its tables, while it runs',
    builder: (yargs) =>
      reasonOf(idOf(yargs))
        .option('read', { type: 'string', describe: 'read units a second, or a share: 200, 25%', requiresArg: true })
        .option('write', { type: 'string', describe: 'write units a second, or a share', requiresArg: true })
        .option('off', { type: 'boolean', describe: 'back to the configured budget' }),
    run: async ({ id, read, write, off, reason }, options) =>
      (await import('../../commands/throttle.js')).runThrottle({ ...options, id, read, write, off, reason }),
  }),
];
