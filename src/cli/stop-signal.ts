import { MigrateError, messageOf } from '../errors.js';

// 128 + the signal's number, as shells report it.
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * An abort signal that the first SIGINT, SIGTERM or SIGHUP fires: the page is finished and saved, unless its budget has
 * it wait for too long. The second one ends the process at once; the next run goes on from the last checkpoint.
 */
export function stopSignal(
  process: NodeJS.Process,
  say: (text: string) => void,
): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    const exitCode = exitCodes[name as keyof typeof exitCodes];
    if (controller.signal.aborted) process.exit(exitCode);
    say(`${name}: finishing the page and saving; once more to stop at once`);
    controller.abort(
      new MigrateError('INTERRUPTED', `stopped by ${name}; everything up to the last saved page is kept`, {
        exitCode,
        fix: 'the same command goes on from there',
      }),
    );
  };
  // Nobody can tell what was left undone; so the run stops where it can, and fails.
  const onStray = (error: unknown) =>
    controller.abort(
      new MigrateError('MIGRATION_FAILED', `an error that nobody caught: ${messageOf(error)}`, {
        cause: error,
        fix: 'await every promise in the migration; the same command goes on from where it stopped',
      }),
    );
  process.on('unhandledRejection', onStray);
  process.on('uncaughtException', onStray);
  for (const name of Object.keys(exitCodes)) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose() {
      process.off('unhandledRejection', onStray);
      process.off('uncaughtException', onStray);
      for (const name of Object.keys(exitCodes)) process.off(name, onSignal);
    },
  };
}
