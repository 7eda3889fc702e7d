import { MigrateError } from '../errors.js';

/** @throws MigrateError `REASON_REQUIRED` when an audited command was not told why. */
export function requireReason(reason: string | undefined, command: string): string {
  if (reason !== undefined && reason.trim() !== '') return reason;
  throw new MigrateError('REASON_REQUIRED', `\`migrate ${command}\` changes the record, and keeps why`, {
    fix: `migrate ${command} --reason "…"`,
  });
}
