import { didYouMean, nearest } from '../config/nearest.js';
import { MigrateError } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import { isDone, type State } from './check-state.js';
import { compareIds } from './compare-ids.js';
import type { LoadedMigration } from './migration.js';

export interface PlanOptions {
  /**
   * The last migration to run (`up`), or the one to go back to (`down`; `'0'`: take everything back): its id, or its
   * number.
   */
  readonly to?: string | undefined;
  /** At most this many. */
  readonly step?: number | undefined;
}

/**
 * Which migrations `up` runs, in order: what was begun first, then what is pending. A move that waits for its cutover,
 * or is beyond it, is not `up`'s to go on with. Pure.
 *
 * @throws MigrateError `UNKNOWN_MIGRATION`, or `MIGRATION_UNFINISHED` when one is half taken back.
 */
export function planUp(
  { files, rows }: State,
  { to, step = Number.POSITIVE_INFINITY }: PlanOptions,
): LoadedMigration[] {
  const reverting = rows.find((row) => !isDone(row) && row.direction === 'down');
  if (reverting) {
    throw new MigrateError('MIGRATION_UNFINISHED', `migration \`${reverting.id}\` is half taken back`, {
      migration: reverting.id,
      fix: 'finish that first: `migrate down`',
    });
  }
  const last = to === undefined ? files.length - 1 : files.findIndex((file) => file.id === resolveId(to, files));
  if (to !== undefined && last === -1) throw unknownMigration(to, files);
  const done = new Set(rows.filter((row) => isDone(row) || isBeyondUp(row)).map((row) => row.id));
  return files
    .slice(0, last + 1)
    .filter((file) => !done.has(file.id))
    .slice(0, step);
}

/**
 * Which migrations `down` takes back, in the opposite of the order in which they were applied, one that is
 * unfinished first. Pure.
 *
 * @throws MigrateError `IRREVERSIBLE` when one of them has no way back, before any is touched; `UNKNOWN_MIGRATION`.
 */
export function planDown({ files, rows }: State, { to: wanted, step }: PlanOptions): LoadedMigration[] {
  const to = wanted === '0' ? wanted : resolveId(wanted, rows);
  // A baseline was not applied by this tool, and is never taken back.
  const stack = rows.filter((row) => row.state !== 'baseline').sort(byMostRecent);
  const baseline = rows.find((row) => row.state === 'baseline' && row.id === to);
  const until =
    to === undefined || to === '0'
      ? stack.length
      : baseline
        ? stack.filter((row) => compareIds(row.id, baseline.id) > 0).length
        : stack.findIndex((row) => row.id === to);
  if (until === -1) {
    if (to !== undefined && !files.some((file) => file.id === resolveId(to, files))) throw unknownMigration(to, files);
    throw new MigrateError('UNKNOWN_MIGRATION', `migration \`${to}\` is not applied, so there is no going back to it`, {
      fix: 'see what is applied with `migrate status`; `--to 0` takes everything back',
    });
  }
  const limit = step ?? (to === undefined ? 1 : until);
  return stack.slice(0, Math.min(until, limit)).map((row) => {
    const file = files.find((one) => one.id === row.id);
    if (!file)
      throw new MigrateError('MIGRATION_MISSING', `migration \`${row.id}\` has no file`, { migration: row.id });
    const why = file.definition.irreversible;
    // A move has a way back until its cutover, whatever its transform; after it, its runner looks.
    if (why !== undefined && (file.definition.kind !== 'move' || isDone(row))) {
      throw new MigrateError('IRREVERSIBLE', `migration \`${row.id}\` cannot be taken back: ${why}`, {
        migration: row.id,
        fix: 'nothing was changed; write a new migration that goes on from here',
      });
    }
    return file;
  });
}

/** Whether a move came to its gate, so that the next step is a person's. */
export function isBeyondUp({ kind, phase }: Pick<LedgerRow, 'kind' | 'phase'>): boolean {
  return kind === 'move' && ['ready', 'cutover', 'reverse', 'complete'].includes(phase ?? '');
}

/** The id that a number alone stands for, `1` or `001` for `001-create-users`, where it is the only one with it. */
function resolveId<T extends string | undefined>(to: T, known: readonly { readonly id: string }[]): T | string {
  if (to === undefined || !/^\d+$/.test(to)) return to;
  const numbered = known.filter(({ id }) => BigInt(/^\d+/.exec(id)?.[0] ?? -1) === BigInt(to));
  const [one, another] = numbered;
  return one && !another ? one.id : to;
}

/** Unfinished ones first, then the one applied last. */
function byMostRecent(a: LedgerRow, b: LedgerRow): number {
  return Number(isDone(a)) - Number(isDone(b)) || (b.order ?? 0) - (a.order ?? 0);
}

/** More ids than these are no help in a message. */
const longestList = 10;

export function unknownMigration(id: string, files: readonly LoadedMigration[]): MigrateError {
  const ids = files.map((file) => file.id);
  const numbered = resolveId(id, files);
  const meant = numbered === id ? nearest(id, ids) : numbered;
  const list = ids.map((one) => `\`${one}\``).join(', ');
  return new MigrateError('UNKNOWN_MIGRATION', `there is no migration \`${id}\`${didYouMean(meant)}`, {
    fix:
      ids.length === 0
        ? 'there are none; write the first with `migrate create <name>`'
        : ids.length > longestList
          ? 'see them with `migrate status`'
          : `there are ${list}`,
  });
}
