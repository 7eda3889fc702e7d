// The handlers as the library exports them. Migrations import from the package too, and need none of this. Loading begins
// with the call, so that in Lambda it is part of the start of a function, not of its first event.

export const createSyncHandler: typeof import('./create-sync-handler.js').createSyncHandler = (options) =>
  whenLoaded(import('./create-sync-handler.js').then((module) => module.createSyncHandler(options)));

export const createBackfillHandler: typeof import('./create-backfill-handler.js').createBackfillHandler = (options) =>
  whenLoaded(import('./create-backfill-handler.js').then((module) => module.createBackfillHandler(options)));

function whenLoaded<Arguments extends unknown[], Result>(
  loading: Promise<(...args: Arguments) => Promise<Result>>,
): (...args: Arguments) => Promise<Result> {
  // What cannot be loaded fails each event, not the process.
  loading.catch(() => undefined);
  return async (...args) => (await loading)(...args);
}
