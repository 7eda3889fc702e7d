import { describeTable, findTable } from '../../dynamodb/describe-table.js';
import { probeWrites } from '../../dynamodb/probe-writes.js';
import { fenceWrites, liftFence } from '../../dynamodb/write-fence.js';
import { MigrateError, throwIfStopped } from '../../errors.js';
import type { MoveTable } from '../../reconcile/move-ports.js';
import type { Migrator } from '../migrator.js';
import type { Move } from './move.js';

type Fencer = Pick<Migrator, 'client' | 'clock' | 'emit' | 'settings' | 'signal'>;

const probeEveryMs = 1_000;
const probesInARow = 3;
/** AWS documents no bound for how long a policy takes; usually it is seconds. */
const probePatienceMs = 120_000;

/**
 * Has DynamoDB refuse what is written to a table all the same, where it can, and tries that it does.
 *
 * @throws MigrateError `CUTOVER_REFUSED` where the table goes on taking writes; `INTERRUPTED`.
 */
export async function raiseFence(
  { client, clock, emit, settings, signal }: Fencer,
  { id }: Pick<Move, 'id'>,
  { tableName, keyNames }: MoveTable,
): Promise<void> {
  if (!settings.cutover.denyPolicy) return;
  const log = (message: string) => emit({ type: 'log', id, message });
  const table = await describeTable(client, tableName);
  const types = Object.fromEntries(
    (table.AttributeDefinitions ?? []).map(({ AttributeName = '', AttributeType = 'S' }) => [
      AttributeName,
      AttributeType,
    ]),
  );
  const probe = () => probeWrites(client, tableName, keyNames, types);
  // A role that may not delete items finds every table refused, with a fence or without.
  const before = await probe();
  if ((await fenceWrites(client, table.TableArn ?? '')) === 'unsupported') {
    log('this engine has no policies on tables: only the pointer holds writes back');
    return;
  }
  log(
    before === 'open'
      ? `a policy denies writes to ${tableName}; trying that it does`
      : `a policy denies writes to ${tableName}; whether it is in effect cannot be tried, because this process was refused before`,
  );
  const until = clock.monotonic() + probePatienceMs;
  for (let refused = 0; refused < probesInARow; ) {
    refused = (await probe()) === 'refused' ? refused + 1 : 0;
    if (refused < probesInARow && clock.monotonic() >= until) throw notFenced(tableName);
    await clock.sleep(probeEveryMs, { signal });
    throwIfStopped(signal, 'stopped before the switch');
  }
}

/** Lets a table take writes again; one that is gone takes none. */
export async function lowerFence(
  { client, settings }: Pick<Migrator, 'client' | 'settings'>,
  { tableName }: MoveTable,
): Promise<void> {
  if (!settings.cutover.denyPolicy) return;
  const table = await findTable(client, tableName);
  if (table) await liftFence(client, table.TableArn ?? '');
}

function notFenced(tableName: string): MigrateError {
  return new MigrateError('CUTOVER_REFUSED', `\`${tableName}\` still takes writes although a policy denies them`, {
    fix: 'look at the resource policy of the table; without one: `cutover: { denyPolicy: false }` in the environment',
  });
}
