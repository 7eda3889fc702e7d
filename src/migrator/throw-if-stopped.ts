import { isMigrateError, MigrateError } from '../errors.js';

/** @throws MigrateError the signal's own reason, or `INTERRUPTED` with `message`, once `signal` is aborted. */
export function throwIfStopped(signal: AbortSignal, message: string): void {
  if (!signal.aborted) return;
  if (isMigrateError(signal.reason)) throw signal.reason;
  throw new MigrateError('INTERRUPTED', message, { cause: signal.reason });
}
