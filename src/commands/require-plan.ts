import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MigrateError, messageOf } from '../errors.js';
import type { LedgerRow } from '../ledger/rows.js';
import type { LoadedMigration } from '../migrator/migration.js';
import type { Migrator } from '../migrator/migrator.js';
import { identityChanges, type PlanIdentity, planIdentity } from '../planning/plan-identity.js';
import type { CommandOptions } from './options.js';

/** Throws where what would run is not what was planned. */
export type RequirePlanned = (planned: readonly LoadedMigration[], rows: readonly LedgerRow[]) => Promise<void>;

/**
 * Reads the plan that `--plan` names, if it does.
 *
 * @throws MigrateError `USAGE` if the file is no plan. What it answers throws `PLAN_CHANGED`.
 */
export async function planFrom(
  { plan, cwd = process.cwd() }: Pick<CommandOptions, 'cwd'> & { readonly plan?: string | undefined },
  migrator: Migrator,
): Promise<RequirePlanned | undefined> {
  if (plan === undefined) return undefined;
  const identity = await readIdentity(resolve(cwd, plan));
  return async (planned, rows) => {
    const changes = identityChanges(identity, await planIdentity(migrator, planned, rows));
    if (changes.length === 0) return;
    throw new MigrateError('PLAN_CHANGED', `\`${plan}\` is not what would run now: ${changes.join('; ')}`, {
      fix: `plan again, and look at it: \`migrate plan --out ${plan}\``,
    });
  };
}

async function readIdentity(path: string): Promise<PlanIdentity> {
  let identity: unknown;
  let cause: unknown;
  try {
    const document = JSON.parse(await readFile(path, 'utf8')) as { plan?: { identity?: unknown } } | null;
    identity = document?.plan?.identity;
  } catch (error) {
    cause = error;
  }
  if (isIdentity(identity)) return identity;
  throw new MigrateError('USAGE', `\`${path}\` is no plan${cause === undefined ? '' : `: ${messageOf(cause)}`}`, {
    fix: `write one: \`migrate plan --out ${path}\``,
    cause,
  });
}

function isIdentity(value: unknown): value is PlanIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { tool, environment, metaTable, migrations, record, tables } = value as Record<string, unknown>;
  const isText = (one: unknown) => typeof one === 'string';
  const isList = (one: unknown) => Array.isArray(one) && one.every(isText);
  return [tool, environment, metaTable].every(isText) && [migrations, record, tables].every(isList);
}
