import { isWatching, type StoredLambdaWatch } from '../../ledger/lambda-watch.js';
import type { LedgerRow } from '../../ledger/rows.js';
import type { LoadedMigration } from '../migration.js';
import type { LockedMigrator, Migrator } from '../migrator.js';
import { streamOf } from './prepare-move.js';

/** Deploys the function that keeps the tables of a move level. */
export type DeployConsumer = (migrator: Migrator, file: LoadedMigration, row: LedgerRow) => Promise<void>;

/** A deployed function that follows the stream of a move's direction now, with this very version of the file. */
export async function watchingFunction(
  { lambdaWatches, clock }: Pick<Migrator, 'lambdaWatches' | 'clock'>,
  { id, checksum }: Pick<LedgerRow, 'id' | 'checksum'>,
  streamArn: string | undefined,
  direction: 'up' | 'down' = 'up',
): Promise<StoredLambdaWatch | undefined> {
  const watch = await lambdaWatches.get(id, direction);
  return isWatching(watch, { streamArn, now: clock.wall() }) && watch.checksum === checksum ? watch : undefined;
}

const lookEveryMs = 2_000;
/** A mapping that was just made takes a minute or two, and the schedule one more. */
const patienceMs = 10 * 60_000;

/**
 * Sees to it that whoever is to keep the tables level from now on is there, as the environment wants it: a function
 * that `deploy` deploys, or one that somebody else does.
 *
 * @returns whether the move can go on; if not, it was said what is awaited.
 */
export async function consumerIsThere(
  migrator: LockedMigrator,
  file: LoadedMigration,
  row: LedgerRow,
  deploy: DeployConsumer | undefined,
): Promise<boolean> {
  const { settings, emit, clock, signal } = migrator;
  const { id } = file;
  if (settings.sync === 'process') return true;
  const look = () => watchingFunction(migrator, row, streamOf(row, 'up'));
  const say = (message: string) => emit({ type: 'log', id, message });
  let watch = await look();
  if (!watch && settings.sync === 'deploy' && deploy) {
    await deploy(migrator, file, row);
    say('waiting for the first word of the function');
    for (const until = clock.monotonic() + patienceMs; !watch && clock.monotonic() < until && !signal.aborted; ) {
      await clock.sleep(lookEveryMs, { signal });
      watch = await look();
    }
  }
  if (watch) say(`${watch.functionName} follows the stream of ${row.move?.source}`);
  else
    say(
      `waiting for a function that follows the stream ${streamOf(row, 'up')}: deploy it, then run \`migrate up\` again`,
    );
  return watch !== undefined;
}
