import { type Limit, limitText, parseLimit } from '../dynamodb/budget/limit.js';
import { resolveLimit } from '../dynamodb/budget/table-capacity.js';
import { findTable } from '../dynamodb/describe-table.js';
import { MigrateError } from '../errors.js';
import { findControlled, tellWhoObeys } from './control-command.js';
import type { CommandOptions } from './options.js';
import type { Report } from './report.js';
import { type Outcome, reportOrThrow, runCommand } from './run-command.js';
import type { Session } from './session.js';

export interface ThrottleOptions extends CommandOptions {
  readonly id: string;
  /** Read units a second, or a share of what is provisioned, in place of the configured budget. */
  readonly read?: Limit | undefined;
  /** Write units a second, indexes included, or a share. */
  readonly write?: Limit | undefined;
  /** Back to the configured budget. */
  readonly off?: boolean | undefined;
  /** Why; kept in the history. */
  readonly reason?: string | undefined;
}

/**
 * Changes what a migration may use of each of its tables, while it runs and until it is done. A limit that is left out
 * stays as it was.
 *
 * @throws MigrateError `USAGE`; `UNKNOWN_MIGRATION`; `CONFIG_INVALID` for a share of a table on demand without a figure.
 */
export function throttle(options: ThrottleOptions): Promise<Report> {
  return reportOrThrow(runThrottle(options));
}

export function runThrottle(options: ThrottleOptions): Promise<Outcome> {
  const { id, off = false, reason } = options;
  return runCommand('throttle', options, async (session) => {
    const { actor, controls, history, metaTable } = session.migrator;
    const read = parseLimit('read', options.read);
    const write = parseLimit('write', options.write);
    requireLimits({ read, write, off });
    const { tables } = await findControlled(session, id);
    await session.consent();
    await requireFigures(session, tables, { read, write });
    await metaTable.ensure();
    await controls.change(id, ({ throttle: before, ...now }) => {
      if (off) return now;
      const limits = { read: read ?? before?.read, write: write ?? before?.write };
      return { ...now, throttle: { ...controls.mark(actor, reason), ...limits } };
    });
    await history.append({ action: 'throttle', id, by: actor, reason, details: { read, write, off } });
    session.done.push(id);
    await tellWhoObeys(session, id, off ? 'back to the configured budget' : textOf({ read, write }));
    const undo = { why: 'back to the configured budget', command: session.commandLine(`throttle ${id} --off`) };
    const look = { why: 'see what it makes of it', command: session.commandLine('status --watch') };
    return { next: off ? [look] : [look, undo] };
  });
}

function requireLimits({ read, write, off }: Pick<ThrottleOptions, 'read' | 'write' | 'off'>): void {
  const fix = 'migrate throttle <id> --read 200 --write 25%, or --off';
  const isGiven = read !== undefined || write !== undefined;
  if (off && isGiven) throw new MigrateError('USAGE', '`off` and limits exclude each other', { fix });
  if (!off && !isGiven) throw new MigrateError('USAGE', 'no limit is given', { fix });
}

/** Here, and not in the process that is to obey: whoever typed it is here. */
async function requireFigures(
  { migrator: { client }, settings }: Session,
  tables: readonly string[],
  limits: Pick<ThrottleOptions, 'read' | 'write'>,
): Promise<void> {
  const shares = (['read', 'write'] as const).filter((kind) => typeof limits[kind] === 'string');
  if (shares.length === 0) return;
  for (const name of tables) {
    const table = await findTable(client, name);
    if (!table) continue;
    for (const kind of shares) resolveLimit(limits[kind] as Limit, kind, table, settings.budget.onDemand);
  }
}

function textOf(limits: Pick<ThrottleOptions, 'read' | 'write'>): string {
  const given = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  return given.map(([kind, limit]) => `${kind} at most ${limitText(limit as Limit)} of each table`).join(', ');
}
