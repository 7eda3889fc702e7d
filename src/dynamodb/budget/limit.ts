import { MigrateError } from '../../errors.js';

/** How much may be used of a table: capacity units a second, or a share of what is provisioned, `'25%'`. */
export type Limit = number | `${number}%`;

/** What is wrong with a limit, in words; `undefined` when nothing is. */
function limitProblem(limit: unknown): string | undefined {
  const text = 'must be a number of units a second above 0, or a share like `25%`, above 0 % and at most 100 %';
  if (typeof limit === 'number') return limit > 0 && Number.isFinite(limit) ? undefined : text;
  const share = typeof limit === 'string' ? shareOf(limit) : undefined;
  return share !== undefined && share > 0 && share <= 100 ? undefined : text;
}

/**
 * A limit as it was typed, or given: `250`, `25%`.
 *
 * @throws MigrateError `USAGE`.
 */
export function parseLimit(name: string, given: number | string | undefined): Limit | undefined {
  if (given === undefined) return undefined;
  const limit = typeof given === 'string' && /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : given;
  const problem = limitProblem(limit);
  if (problem === undefined) return limit as Limit;
  throw new MigrateError('USAGE', `\`${name}\` is \`${given}\`; it ${problem}`, {
    fix: 'to stop a migration for a while: `migrate pause <id>`',
  });
}

/** The per cent of a share; `undefined` for units. */
export function shareOf(limit: Limit | string): number | undefined {
  if (typeof limit === 'number') return undefined;
  const [, per] = /^(\d+(?:\.\d+)?)%$/.exec(limit) ?? [];
  return per === undefined ? undefined : Number(per);
}

/** `250/s`, or `25 %`. */
export function limitText(limit: Limit): string {
  const share = shareOf(limit);
  return share === undefined ? `${limit}/s` : `${share} %`;
}
