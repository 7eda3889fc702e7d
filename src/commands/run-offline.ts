import { isMigrateError, MigrateError, messageOf } from '../errors.js';
import { type CommandResult, type Outcome, reportOf } from './run-command.js';

/** Runs a command that works on files alone, and reports it like the others. Never throws. */
export async function runOffline(command: string, work: () => Promise<CommandResult>): Promise<Outcome> {
  try {
    return { report: reportOf(command, undefined, await work(), undefined), failure: undefined };
  } catch (thrown) {
    const failure = isMigrateError(thrown)
      ? thrown
      : new MigrateError('INTERNAL', messageOf(thrown), { cause: thrown });
    return { report: reportOf(command, undefined, {}, failure), failure };
  }
}
