import { CreateTableCommand, type TableDescription } from '@aws-sdk/client-dynamodb';
import { MigrateError } from '../errors.js';
import { isAwsError, isUnknownOutcome } from './aws-errors.js';
import { findTable } from './describe-table.js';
import type { TargetPlan } from './plan-target.js';
import { ifKnown, readTags } from './read-source.js';
import { setDeletionProtection, setPointInTimeRecovery, setTags, setTimeToLive } from './table-settings.js';
import { sameKeys, type TablesContext } from './tables.js';
import { waitUntilActive } from './wait.js';

/** What {@link createTarget} needs of the run it works for. */
export type TargetContext = Pick<TablesContext, 'client' | 'signal' | 'made' | 'log'>;

/**
 * Creates the target of a move and returns when it can be written. Can be repeated: after a crash the same call
 * finishes what it began. Time to live stays off, see {@link enableTimeToLive}.
 *
 * @throws MigrateError `TABLE_EXISTS` when a table of that name is there that this migration did not make.
 */
export async function createTarget(context: TargetContext, plan: TargetPlan): Promise<TableDescription> {
  const { client, signal, made, log } = context;
  const { input } = plan;
  const name = input.TableName ?? '';
  const existing = await findTable(client, name);
  if (existing && !(made.has(name) && sameKeys(existing, input))) {
    throw new MigrateError('TABLE_EXISTS', `there is a table \`${name}\` already, and this migration did not make it`, {
      fix: 'name another table in `to`; or, if it was made to be the target, say so: `target: { expect: true }`',
    });
  }
  if (!existing) {
    log(`creating table ${name}`);
    await made.add(name);
    await client.send(new CreateTableCommand(input)).catch(async (error: unknown) => {
      // It was not there a moment ago: this is our own request, sent again because its answer was lost.
      if (isAwsError(error, 'ResourceInUseException')) return;
      // Refused for certain: what somebody else makes of that name since is not ours.
      if (!isUnknownOutcome(error)) await made.remove(name);
      throw error;
    });
  }
  const table = await waitUntilActive(client, name, signal);
  // dynalite takes these two with the request that creates a table, and forgets them.
  if (input.DeletionProtectionEnabled && !table.DeletionProtectionEnabled) {
    await setDeletionProtection(context, name, true);
  }
  await addMissingTags(context, table, input.Tags);
  if (plan.pointInTimeRecovery) await setPointInTimeRecovery(context, name, true);
  return table;
}

/** Sets the attribute that holds an item's expiry; for a target only after the cutover. */
export async function enableTimeToLive(
  context: Pick<TablesContext, 'client' | 'log'>,
  tableName: string,
  attribute: string,
): Promise<void> {
  await setTimeToLive(context, tableName, attribute);
}

async function addMissingTags(
  context: TargetContext,
  { TableName = '', TableArn }: TableDescription,
  wanted: TargetPlan['input']['Tags'] = [],
): Promise<void> {
  if (wanted.length === 0) return;
  const present = await ifKnown<Readonly<Record<string, string>>>({}, () => readTags(context.client, TableArn));
  const missing = wanted.flatMap(({ Key = '', Value = '' }) => (present[Key] === Value ? [] : [[Key, Value]]));
  if (missing.length > 0) await setTags(context, TableName, Object.fromEntries(missing));
}
