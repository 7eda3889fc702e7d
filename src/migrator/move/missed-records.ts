import type { ListedObligation } from '../../ledger/obligations.js';
import type { StreamCheckpoint } from '../../ledger/stream-checkpoints.js';
import type { LockedMigrator } from '../migrator.js';

/** What the stream of a move kept from us: records that were lost, or could not be read. */
export interface MissedRecords {
  readonly gaps: readonly StreamCheckpoint[];
  readonly unreadable: readonly ListedObligation[];
}

/** Lists what was missed until now. */
export async function missedRecords(
  { streamCheckpoints, obligations }: Pick<LockedMigrator, 'streamCheckpoints' | 'obligations'>,
  id: string,
): Promise<MissedRecords> {
  const gaps = (await streamCheckpoints.list(id)).filter(({ gap }) => gap);
  const unreadable: ListedObligation[] = [];
  for await (const listed of obligations.listAll(id)) {
    if (listed.stored.obligation.kind === 'misshapen') unreadable.push(listed);
  }
  return { gaps, unreadable };
}

/** After a full verify with repair that began later, and left no difference: it looked in the tables themselves. */
export async function forgiveMissed(
  { streamCheckpoints, obligations }: Pick<LockedMigrator, 'streamCheckpoints' | 'obligations'>,
  id: string,
  { gaps, unreadable }: MissedRecords,
): Promise<void> {
  await streamCheckpoints.clearGaps(gaps);
  for (const { direction, stored } of unreadable) await obligations.bind(id, direction, 'verify').remove(stored);
}
