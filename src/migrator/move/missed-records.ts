import { createHash } from 'node:crypto';
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

/** One text for all that was missed, another one as soon as something is added; `undefined` for nothing. */
export function nameOfMissed({ gaps, unreadable }: MissedRecords): string | undefined {
  const parts = [
    ...gaps.map(({ binding, shardId, gap }) => `${binding.direction} ${shardId} ${gap?.at}`),
    ...unreadable.map(({ direction, stored }) => `${direction} ${stored.id}`),
  ];
  return parts.length === 0 ? undefined : createHash('sha256').update(parts.sort().join('\n')).digest('hex');
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
